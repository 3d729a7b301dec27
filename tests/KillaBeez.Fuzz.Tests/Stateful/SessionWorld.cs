using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>What can be done to a session engine.</summary>
internal enum SessionOperation : byte
{
    Dial,
    Answer,
    Item,
    Message,
    LinkClosed,
    Took,
    Use,
    Leave,
    Probe,
    Write,
    Close,
    Abort,
    Time,
    Deadline,
    Flood,
}

/// <summary>A session engine whose peer opens links and writes items as it likes.</summary>
internal sealed class SessionWorld : EngineWorld
{
    private const int OperationMask = 15;
    private const int MaxPolls = 4096;
    private const int MaxKnownLinks = 8;

    private readonly SessionOptions _options;
    private readonly SessionEngine _engine;
    private readonly byte[] _buffer = new byte[SessionLimits.MaxMessageBytes];
    private readonly List<LinkId> _links = [];
    private SessionHello _hello = Parsers.SwarmTargets.Hello();
    private SessionHello? _engineHello;
    private long _lastLink;
    private ulong _nextFrame;
    private int _started;
    private int _ended;
    private bool _isOpen;
    private ulong _seen;

    public SessionWorld(byte options)
    {
        _options = new SessionOptions { ReplayBytes = (options & 1) != 0 ? SessionLimits.MinReplayBytes : 1L << 20 };
        _engine = new SessionEngine(_options, new SeededRandomSource(options));
    }

    public override void Step(byte operation, scoped ref Arguments arguments)
    {
        switch ((SessionOperation)(operation & OperationMask))
        {
            case SessionOperation.Dial: Open(LinkRole.Responder, ref arguments); break;
            case SessionOperation.Answer: Open(LinkRole.Initiator, ref arguments); break;
            case SessionOperation.Item: Item(ref arguments); break;
            case SessionOperation.Message: Feed(Link(arguments.Byte()), arguments.Rest.ToArray()); break;
            case SessionOperation.Flood: Flood(ref arguments); break;
            case SessionOperation.LinkClosed: _engine.LinkClosed(Now, Link(arguments.Byte())); break;
            case SessionOperation.Took: _engine.LinkTook(Now, Link(arguments.Byte()), arguments.UInt16()); break;
            case SessionOperation.Use: _engine.Use(Now, Link(arguments.Byte())); break;
            case SessionOperation.Leave: _engine.Leave(Now, Link(arguments.Byte()), (LinkByeReason)(arguments.Byte() % 6)); break;
            case SessionOperation.Probe: _engine.Probe(Link(arguments.Byte())); break;
            case SessionOperation.Write: Write(1 + (arguments.UInt16() % 20_000)); break;
            case SessionOperation.Close: _engine.Close(Now); break;
            case SessionOperation.Abort: _engine.Abort(Now, (SessionEndCode)(1 + (arguments.Byte() % 6))); break;
            case SessionOperation.Time: Pass(arguments.UInt16() * 4L); break;
            case SessionOperation.Deadline: PassTo(_engine.NextTimeout); break;
        }
    }

    public override void Settle(ref Outcome outcome)
    {
        Serve(() => _engine.NextTimeout, _engine.HandleTimeout, Drain);
        OracleException.RequireAtMost(_engine.Links.Count, SessionLimits.MaxOpenLinks + SessionLimits.MaxPendingLinks, "links");
        OracleException.RequireAtMost(_engine.BufferedBytes, _options.ReplayBytes + SessionLimits.MaxFrameBytes + SessionLimits.FrameOverheadBytes, "bytes kept until acknowledged");
        OracleException.RequireAtMost(_engine.QueuedFarewells, 0, "farewells that are not polled");
        OracleException.Require(_started == _ended + (_isOpen ? 1 : 0), "each session that started ends once");
        OracleException.Require(_isOpen == _engine.Current is not null, "a session is held exactly between Started and Ended");
        outcome.AddSet(_seen);
        outcome.AddToSet(40 + Math.Min(_engine.Links.Count, 8));
        outcome.AddToSet(_engine.IsConnected ? 50 : 51);
        outcome.AddToSet(52 + Math.Min(_started, 4));
        outcome.AddToSet(_engine.BufferedBytes > 0 ? 60 : 61);
    }

    public override void Dispose() => _engine.Dispose();

    private LinkId Link(byte choice) => _links.Count == 0 ? new LinkId(1) : _links[choice % _links.Count];

    /// <summary>A link with a Hello that is right but for what the flags say.</summary>
    private void Open(LinkRole role, scoped ref Arguments arguments)
    {
        var link = new LinkId(++_lastLink);
        var own = _engine.LinkStarting(Now, link, role);
        if (own.Length == 0)
        {
            return;
        }

        OracleException.Require(SessionHello.TryParse(own, out _engineHello, out _), "a Hello of ours does not parse");
        var flags = arguments.Byte();
        if ((flags & 1) != 0)
        {
            _hello = _hello with { Spare = new SessionTag(_hello.Spare.Value + 1) };
        }

        var hello = _hello with { Live = LiveOf(flags, arguments.Offset()), Ended = EndedOf(flags) };
        var bytes = hello.ToBytes();
        if ((flags & 0x40) != 0)
        {
            bytes[arguments.Byte() % bytes.Length] ^= arguments.Byte();
        }

        FedBytes += bytes.Length;
        _engine.LinkOpened(Now, link, (flags & 0x80) != 0 ? bytes.AsSpan(0, arguments.Byte() % bytes.Length) : bytes);
        _links.Add(link);
        if (_links.Count > MaxKnownLinks)
        {
            _links.RemoveAt(0);
        }
    }

    /// <summary>The session that the engine holds, as its peer would name it; or a wrong one.</summary>
    private LiveSession? LiveOf(byte flags, int offset)
    {
        if ((flags & 2) == 0)
        {
            return null;
        }

        var pair = _engineHello!.Live?.Pair.Mirrored ?? new SessionPair(_hello.Spare, _engineHello.Spare);
        return new LiveSession((flags & 4) != 0 ? pair with { Own = new SessionTag(99) } : pair, (ulong)Math.Max(0, offset));
    }

    private EndedSession? EndedOf(byte flags)
    {
        if ((flags & 8) == 0)
        {
            return null;
        }

        var pair = _engineHello!.Live?.Pair.Mirrored ?? _engineHello.Ended?.Pair.Mirrored ?? new SessionPair(_hello.Spare, _engineHello.Spare);
        return new EndedSession(pair, 0, (flags & 16) != 0 ? SessionEndCode.Closed : SessionEndCode.Aborted);
    }

    private void Feed(LinkId link, ReadOnlySpan<byte> message)
    {
        FedBytes += message.Length;
        _engine.MessageReceived(Now, link, message);
    }

    /// <summary>One item with a number near the right one.</summary>
    private void Item(scoped ref Arguments arguments)
    {
        var link = Link(arguments.Byte());
        var kind = (SessionItemKind)(1 + (arguments.Byte() % 10));
        var offset = arguments.Offset();
        var writer = new SpanWriter(new byte[4096]);
        switch (kind)
        {
            case SessionItemKind.Data:
                _nextFrame++;
                SessionItemWriter.WriteData(ref writer, new byte[1 + ((ushort)offset % 4000)]);
                break;
            case SessionItemKind.Start:
                SessionItemWriter.WriteNumber(ref writer, kind, (ulong)Math.Max(0, (long)_nextFrame + offset));
                break;
            case SessionItemKind.Ack or SessionItemKind.Pull:
                SessionItemWriter.WriteNumber(ref writer, kind, (ulong)Math.Max(0, (long)(_engine.CurrentSession?.Sender.Top ?? 0) + offset));
                break;
            case SessionItemKind.Fin:
                SessionItemWriter.WriteFin(ref writer);
                break;
            case SessionItemKind.Ping or SessionItemKind.Pong:
                SessionItemWriter.WriteEcho(ref writer, kind, arguments.UInt32());
                break;
            case SessionItemKind.End:
                SessionItemWriter.WriteEnd(ref writer, (SessionEndCode)(arguments.Byte() % 7), (ulong)Math.Max(0, (int)offset), "over");
                break;
            case SessionItemKind.Bye:
                SessionItemWriter.WriteBye(ref writer, (LinkByeReason)(arguments.Byte() % 7));
                break;
        }

        Feed(link, writer.Written);
    }

    private void Flood(scoped ref Arguments arguments)
    {
        var link = Link(arguments.Byte());
        var kind = (arguments.Byte() % 3) switch { 0 => SessionItemKind.Pull, 1 => SessionItemKind.Start, _ => SessionItemKind.Ack };
        for (var count = arguments.UInt16() % 300; count > 0; count--)
        {
            var writer = new SpanWriter(new byte[16]);
            SessionItemWriter.WriteNumber(ref writer, kind, 0);
            Feed(link, writer.Written);
        }
    }

    private void Write(int bytes)
    {
        FedBytes += bytes;
        _engine.TryWrite(Now, new byte[bytes]);
    }

    private void Drain()
    {
        var polls = 0;
        var any = true;
        while (any)
        {
            any = false;
            while (_engine.TryPollTransmit(Now, _buffer, out var written, out var link))
            {
                OracleException.Require(++polls < MaxPolls, "TryPollTransmit does not end");
                Check(_buffer.AsSpan(0, written));
                _engine.LinkTook(Now, link, written);
                any = true;
            }

            while (_engine.TryPollEvent(out var e))
            {
                OracleException.Require(++polls < MaxPolls, "TryPollEvent does not end");
                Take(e);
                e.Frame.Dispose();
                any = true;
            }
        }
    }

    private static void Check(ReadOnlySpan<byte> message)
    {
        var reader = new SessionItemReader(message);
        while (reader.TryRead(out _))
        {
        }

        OracleException.Require(reader.Error == SessionItemError.None, "a message of ours does not parse");
    }

    private void Take(in SessionEvent e)
    {
        _seen |= 1UL << (int)e.Kind;
        switch (e.Kind)
        {
            case SessionEventKind.Started:
                OracleException.Require(!_isOpen, "a session starts while another is held");
                _isOpen = true;
                _started++;
                _nextFrame = 0;
                break;
            case SessionEventKind.Ended:
                OracleException.Require(_isOpen, "a session ends that has not started");
                _isOpen = false;
                _ended++;
                _seen |= 1UL << (16 + (int)e.Violation);
                break;
            case SessionEventKind.Frame or SessionEventKind.PeerClosing:
                OracleException.Require(_isOpen, "a frame outside a session");
                break;
        }
    }
}
