using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>What can be done to a multiplexer.</summary>
internal enum MuxOperation : byte
{
    Frame,
    Data,
    WindowUpdate,
    Ping,
    GoAway,
    Preamble,
    Answer,
    Open,
    Accept,
    Refuse,
    Write,
    CloseWrite,
    Reset,
    Consume,
    LocalPing,
    LocalGoAway,
    Time,
    Deadline,
    Flood,
    Reading,
}

/// <summary>A multiplexer whose peer writes frames as it likes.</summary>
internal sealed class MuxWorld : EngineWorld
{
    private const int OperationMask = 31;
    private const int MaxPolls = 20_000;

    private readonly MuxLimits _limits;
    private readonly MuxEngine _engine;
    private readonly byte[] _buffer = new byte[MuxLimits.SessionFrameBytes];
    private readonly Dictionary<SubstreamId, int> _unread = [];
    private readonly HashSet<SubstreamId> _announced = [];
    private readonly HashSet<SubstreamId> _writable = [];
    private bool _isReading = true;
    private bool _isOver;
    private ulong _seen;

    public MuxWorld(byte options)
    {
        _limits = (options & 2) != 0
            ? new MuxLimits { RemoteSubstreams = 8, LocalSubstreams = 8, ReceiveBudgetBytes = 1024 * 1024, TotalSendQueueBytes = 512 * 1024, PendingControlFrames = 64, MaxWindowBytes = 512 * 1024 }
            : MuxLimits.Default;
        _engine = new MuxEngine(new MuxOptions { Limits = _limits }, usesOddIds: (options & 1) != 0);
    }

    public override void Step(byte operation, scoped ref Arguments arguments)
    {
        switch ((MuxOperation)(operation & OperationMask))
        {
            case MuxOperation.Frame: Feed(arguments.Rest.ToArray()); break;
            case MuxOperation.Data: FeedData(ref arguments); break;
            case MuxOperation.WindowUpdate: FeedHeader(MuxFrameType.WindowUpdate, ref arguments); break;
            case MuxOperation.Ping: FeedHeader(MuxFrameType.Ping, ref arguments); break;
            case MuxOperation.GoAway: FeedHeader(MuxFrameType.GoAway, ref arguments); break;
            case MuxOperation.Preamble: FeedPreamble(ref arguments); break;
            case MuxOperation.Answer: FeedAnswer(ref arguments); break;
            case MuxOperation.Flood: Flood(ref arguments); break;
            case MuxOperation.Open: Open(); break;
            case MuxOperation.Accept: Accept(new SubstreamId(arguments.Byte())); break;
            case MuxOperation.Refuse: Refuse(new SubstreamId(arguments.Byte())); break;
            case MuxOperation.Write: Write(new SubstreamId(arguments.Byte()), arguments.UInt16()); break;
            case MuxOperation.CloseWrite: CloseWrite(new SubstreamId(arguments.Byte())); break;
            case MuxOperation.Reset: Forget(new SubstreamId(arguments.Byte()), isReset: true); break;
            case MuxOperation.Consume: Consume(new SubstreamId(arguments.Byte()), arguments.UInt16()); break;
            case MuxOperation.LocalPing: _engine.Ping(Now); break;
            case MuxOperation.LocalGoAway: _engine.GoAway(Now); break;
            case MuxOperation.Time: Pass(arguments.UInt16() * 10L); break;
            case MuxOperation.Deadline: PassTo(_engine.NextTimeout); break;
            case MuxOperation.Reading: _isReading = arguments.Flag(); break;
        }
    }

    public override void Settle(ref Outcome outcome)
    {
        Serve(() => _engine.NextTimeout, _engine.HandleTimeout, Drain);
        OracleException.RequireAtMost(_engine.SubstreamCount, _limits.RemoteSubstreams + _limits.LocalSubstreams, "substreams");
        OracleException.RequireAtMost(_engine.UnreadBytes, _limits.ReceiveBudgetBytes, "unread bytes");
        OracleException.Require(_engine.UnreadBytes >= 0 && _engine.QueuedBytes >= 0, "less than nothing is unread or queued");
        OracleException.RequireAtMost(_engine.QueuedBytes, _limits.TotalSendQueueBytes, "bytes queued");
        outcome.AddSet(_seen);
        outcome.AddToSet(40 + Math.Min(_engine.SubstreamCount, 9));
        outcome.AddToSet(_engine.Statistics.RefusedOpens > 0 ? 50 : 51);
        outcome.AddToSet(_engine.Statistics.IgnoredFrames > 0 ? 52 : 53);
        outcome.AddToSet(_engine.Statistics.ResetsReceived > 0 ? 54 : 55);
    }

    public override void Dispose() => _engine.Dispose();

    private void Feed(ReadOnlySpan<byte> frame)
    {
        FedBytes += frame.Length;
        _engine.HandleFrame(Now, frame);
    }

    private void FeedHeader(MuxFrameType type, scoped ref Arguments arguments)
    {
        var flags = (MuxFlags)arguments.Byte();
        var stream = arguments.Byte();
        Feed(Header(type, flags, stream, arguments.UInt32()));
    }

    /// <summary>A data frame that says how long it is, or lies.</summary>
    private void FeedData(scoped ref Arguments arguments)
    {
        var flags = (MuxFlags)arguments.Byte();
        var stream = arguments.Byte();
        var length = arguments.UInt16();
        var lie = arguments.Byte();
        Feed(Header(MuxFrameType.Data, flags, stream, (uint)(length + lie)));
        Feed(new byte[length]);
    }

    private void FeedPreamble(scoped ref Arguments arguments)
    {
        var stream = arguments.Byte();
        var cut = arguments.Byte();
        var preamble = new byte[SubstreamPreamble.MaxBytes];
        var bytes = SubstreamPreamble.Write("chat", arguments.Rest[..Math.Min(arguments.Rest.Length, MuxLimits.MetadataBytes)], preamble);
        Feed(Header(MuxFrameType.Data, MuxFlags.Syn, stream, (uint)bytes));
        Feed(preamble.AsSpan(0, Math.Max(0, bytes - cut)));
    }

    private void FeedAnswer(scoped ref Arguments arguments)
    {
        var stream = arguments.Byte();
        var answer = new byte[SubstreamAnswer.MaxBytes];
        var bytes = arguments.Flag() ? SubstreamAnswer.WriteRefused(arguments.Byte(), "no", answer) : SubstreamAnswer.WriteAccepted(answer);
        Feed(Header(MuxFrameType.Data, MuxFlags.Ack, stream, (uint)bytes));
        Feed(answer.AsSpan(0, bytes));
    }

    /// <summary>Opens, resets or pings many times at once.</summary>
    private void Flood(scoped ref Arguments arguments)
    {
        var kind = arguments.Byte() % 3;
        var count = arguments.UInt16() % 5000;
        var first = arguments.UInt16();
        for (var i = 0; i < count; i++)
        {
            var stream = (uint)(first + (2 * i));
            Feed(kind switch
            {
                0 => Header(MuxFrameType.WindowUpdate, MuxFlags.Syn, stream, 0),
                1 => Header(MuxFrameType.WindowUpdate, MuxFlags.Syn | MuxFlags.Rst, stream, 0),
                _ => Header(MuxFrameType.Ping, MuxFlags.Syn, 0, stream),
            });
        }
    }

    private static byte[] Header(MuxFrameType type, MuxFlags flags, uint stream, uint length)
    {
        var writer = new SpanWriter(new byte[MuxFrameHeader.SizeBytes]);
        new MuxFrameHeader(type, flags, stream, length).Write(ref writer);
        return writer.Written.ToArray();
    }

    private void Open()
    {
        if (_engine.TryOpen(Now, "chat", "hello"u8, out var id, out _))
        {
            FedBytes += 64;
            _writable.Add(id);
        }
    }

    private void Accept(SubstreamId id)
    {
        if (_announced.Remove(id))
        {
            _engine.Accept(Now, id);
            _writable.Add(id);
        }
    }

    private void Refuse(SubstreamId id)
    {
        if (_announced.Remove(id))
        {
            _engine.Refuse(Now, id, 7, "not here");
        }
    }

    private void Write(SubstreamId id, int bytes)
    {
        if (_writable.Contains(id))
        {
            FedBytes += bytes;
            var taken = _engine.Write(Now, id, new byte[bytes]);
            OracleException.RequireAtMost(taken, bytes, "bytes taken");
        }
    }

    private void CloseWrite(SubstreamId id)
    {
        if (_writable.Remove(id))
        {
            _engine.CloseWrite(Now, id);
        }
    }

    private void Forget(SubstreamId id, bool isReset)
    {
        if (isReset)
        {
            _engine.Reset(Now, id, 3);
        }

        _unread.Remove(id);
        _announced.Remove(id);
        _writable.Remove(id);
    }

    private void Consume(SubstreamId id, int bytes)
    {
        var consumed = Math.Min(bytes, _unread.GetValueOrDefault(id));
        if (consumed > 0)
        {
            _unread[id] -= consumed;
            _engine.Consumed(Now, id, consumed);
        }
    }

    private void Drain()
    {
        DrainEvents();
        var polls = 0;
        while (_engine.TryPollTransmit(Now, _buffer, out var written))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollTransmit does not end");
            OracleException.Require(written > 0, "an empty frame");
        }

        DrainEvents();
    }

    private void DrainEvents()
    {
        var polls = 0;
        while (_engine.TryPollEvent(out var e))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollEvent does not end");
            OracleException.Require(!_isOver, "an event after the violation");
            _seen |= 1UL << (int)e.Kind;
            Take(e);
            e.Buffer.Dispose();
        }
    }

    private void Take(in MuxEvent e)
    {
        switch (e.Kind)
        {
            case MuxEventKind.RemoteOpened:
                _announced.Add(e.Id);
                break;
            case MuxEventKind.Data:
                _unread[e.Id] = _unread.GetValueOrDefault(e.Id) + e.Buffer.Length;
                if (_isReading)
                {
                    Consume(e.Id, int.MaxValue);
                }

                break;
            case MuxEventKind.Refused or MuxEventKind.Reset or MuxEventKind.Closed:
                Forget(e.Id, isReset: false);
                break;
            case MuxEventKind.Violation:
                _isOver = true;
                _seen |= 1UL << (16 + (int)e.Violation);
                break;
        }
    }
}
