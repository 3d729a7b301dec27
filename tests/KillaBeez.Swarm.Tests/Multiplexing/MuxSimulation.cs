using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

/// <summary>
/// Two engines, a pipe that cuts the bytes anywhere, and applications that open, accept, refuse, write, close and
/// reset at random. A byte's value says which substream, direction and position it belongs to, so that every
/// receipt is checked at once, and a wiretap checks that no side exceeds the credit the other gave.
/// </summary>
internal sealed class MuxSimulation : IDisposable
{

    private static readonly byte[] Block = MakeBlock();

    private readonly SeededRandomSource _random;
    private readonly Side _a;
    private readonly Side _b;
    private readonly byte[] _frame = new byte[MuxLimits.SessionFrameBytes];
    private readonly MuxWiretap _tap = new();
    private Instant _now = Instant.Zero.AddMs(1);
    private int _toOpen;

    public MuxSimulation(ulong seed)
    {
        _random = new SeededRandomSource(seed);
        var limits = new MuxLimits
        {
            TotalSendQueueBytes = _random.NextInt32(40_000, 2_000_000),
            SendQueueBytes = _random.NextInt32(20_000, 300_000),
            MaxWindowBytes = _random.NextInt32(MuxLimits.InitialWindowBytes, 2_000_000),
        };
        var options = new MuxOptions { Limits = limits, QuantumBytes = _random.NextInt32(500, 30_000) };
        _a = new Side(new MuxEngine(options, usesOddIds: true), "A");
        _b = new Side(new MuxEngine(options, usesOddIds: false), "B");
        _toOpen = _random.NextInt32(1, 40);
    }

    public void Run()
    {
        var idle = 0;
        for (var step = 0; idle < 30; step++)
        {
            Check(step < 300_000, "does not come to rest");
            _now = _now.AddMs(_random.NextInt32(0, 3));
            var side = _random.Chance(0.5) ? _a : _b;
            var acted = Act(side) | Transmit(_a, _b) | Transmit(_b, _a) | Deliver(_a) | Deliver(_b);
            idle = acted || _a.Live.Count > 0 || _b.Live.Count > 0 || _toOpen > 0 ? 0 : idle + 1;
        }

        foreach (var side in new[] { _a, _b })
        {
            Check(side.Engine.SubstreamCount == 0, $"{side.Name} keeps substreams");
            Check(side.Engine.QueuedBytes == 0, $"{side.Name} keeps queued bytes");
            Check(side.Engine.UnreadBytes == 0, $"{side.Name} counts unread bytes");
        }

        CheckClosed(_a, _b);
        CheckClosed(_b, _a);
    }

    public void Dispose()
    {
        _a.Engine.Dispose();
        _b.Engine.Dispose();
    }

    /// <summary>
    /// A side that was told Closed has everything the other wrote. The other may have reset at the very end: then
    /// the reset crossed the last bytes' way and found nobody.
    /// </summary>
    private static void CheckClosed(Side side, Side otherSide)
    {
        foreach (var (id, app) in side.Apps.Where(pair => pair.Value.EndedBy == MuxEventKind.Closed))
        {
            var other = otherSide.Apps[id];
            Check(app.Received == other.Written, $"{id}: bytes are missing at {side.Name}");
            Check(other.EndedBy == MuxEventKind.Closed || other.WasResetByItself, $"{id} closed at one side only");
        }
    }

    /// <summary>
    /// Cut out of one random block, at a place that substream, writer and position name: any other place differs.
    /// </summary>
    private static byte[] BytesOf(SubstreamId id, string writer, int position, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var at = (int)((((long)id.Value * 7919) + (writer[0] * 104_729L) + position + done) % Block.Length);
            var piece = Math.Min(count - done, Block.Length - at);
            Block.AsSpan(at, piece).CopyTo(bytes.AsSpan(done));
            done += piece;
        }

        return bytes;
    }

    private static byte[] MakeBlock()
    {
        var block = new byte[1_000_003];
        new SeededRandomSource(1).Fill(block);
        return block;
    }

    private int RandomSize() => _random.NextInt32(0, _random.Chance(0.2) ? 900_000 : 30_000);

    private static void Check(bool ok, string what)
    {
        if (!ok)
        {
            throw new InvalidOperationException(what);
        }
    }

    private bool Act(Side side)
    {
        if (_toOpen > 0 && _random.Chance(0.3))
        {
            _toOpen--;
            var opened = side.Engine.Open(_now, "t", "meta"u8);
            side.Add(opened, new App { Target = RandomSize() });
            return true;
        }

        if (side.Live.Count == 0)
        {
            return false;
        }

        var id = side.Live[_random.NextInt32(0, side.Live.Count)];
        var app = side.Apps[id];
        if (_random.Chance(0.002))
        {
            side.Engine.Reset(_now, id, 77);
            app.WasResetByItself = true;
            side.End(id, MuxEventKind.Reset);
            return true;
        }

        if (app.Unread > 0 && _random.Chance(0.7))
        {
            var count = _random.Chance(0.5) ? app.Unread : _random.NextInt32(1, app.Unread + 1);
            app.Unread -= count;
            side.Engine.Consumed(_now, id, count);
            return true;
        }

        if (!app.IsOpen || app.MustWait || app.HasClosed)
        {
            return false;
        }

        Write(side, id, app);
        return true;
    }

    private void Write(Side side, SubstreamId id, App app)
    {
        if (app.Written == app.Target)
        {
            app.HasClosed = true;
            side.Engine.CloseWrite(_now, id);
            return;
        }

        var bytes = BytesOf(id, side.Name, app.Written, Math.Min(app.Target - app.Written, _random.NextInt32(1, _random.Chance(0.3) ? 200_000 : 3000)));

        var taken = side.Engine.Write(_now, id, bytes);
        app.Written += taken;
        app.MustWait = taken < bytes.Length;
    }

    private bool Transmit(Side from, Side to)
    {
        if (to.Pipe.Count > 400_000 || _random.Chance(0.3))
        {
            return to.Pipe.Count > 0;
        }

        var room = _random.Chance(0.5) ? _frame.Length : _random.NextInt32(64, _frame.Length);
        if (!from.Engine.TryPollTransmit(_now, _frame.AsSpan(0, room), out var written))
        {
            return to.Pipe.Count > 0;
        }

        _tap.Observe(from.Name[0], _frame.AsSpan(0, written));
        to.Pipe.Write(_frame.AsSpan(0, written));
        return true;
    }

    private bool Deliver(Side side)
    {
        if (side.Pipe.Count > 0)
        {
            var count = _random.Chance(0.7) ? side.Pipe.Count : _random.NextInt32(1, side.Pipe.Count + 1);
            side.Engine.HandleFrame(_now, side.Pipe.Read(count));
        }

        var any = false;
        while (side.Engine.TryPollEvent(out var e))
        {
            any = true;
            Handle(side, e);
        }

        return any || side.Pipe.Count > 0;
    }

    private void Handle(Side side, MuxEvent e)
    {
        if (e.Kind == MuxEventKind.RemoteOpened)
        {
            HandleOpened(side, e);
            return;
        }

        if (e.Kind is MuxEventKind.Violation or MuxEventKind.GoAway)
        {
            throw new InvalidOperationException($"{side.Name} reports {e.Kind} {e.Violation}");
        }

        var app = side.Apps[e.Id];
        switch (e.Kind)
        {
            case MuxEventKind.Data:
                var expected = BytesOf(e.Id, side == _a ? "B" : "A", app.Received, e.Buffer.Length);
                Check(e.Buffer.Span.SequenceEqual(expected), $"{e.Id}: wrong bytes from {app.Received} on");
                app.Received += e.Buffer.Length;
                Check(!app.IsOver || app.EndedBy == MuxEventKind.Reset, "data after the end");
                app.Unread += e.Buffer.Length;
                e.Buffer.Dispose();
                break;
            case MuxEventKind.Accepted:
                app.IsOpen = true;
                break;
            case MuxEventKind.Writable:
                Check(app.MustWait || app.IsOver, "Writable although nobody waits");
                app.MustWait = false;
                break;
            case MuxEventKind.Refused or MuxEventKind.Reset or MuxEventKind.Closed:
                Check(!app.IsOver, $"{e.Id} ends twice");
                side.End(e.Id, e.Kind);
                break;
            default:
                break;
        }
    }

    private void HandleOpened(Side side, MuxEvent e)
    {
        Check(e.Text == "t" && e.Metadata.AsSpan().SequenceEqual("meta"u8), "preamble damaged");
        if (_random.Chance(0.1))
        {
            side.Engine.Refuse(_now, e.Id, 5, "not now");
            return;
        }

        side.Add(e.Id, new App { Target = RandomSize(), IsOpen = true });
        side.Engine.Accept(_now, e.Id);
    }

    private sealed class Side(MuxEngine engine, string name)
    {
        public MuxEngine Engine { get; } = engine;

        public string Name { get; } = name;

        public Dictionary<SubstreamId, App> Apps { get; } = [];

        public List<SubstreamId> Live { get; } = [];

        /// <summary>Bytes on their way to this side.</summary>
        public BytePipe Pipe { get; } = new();

        public void Add(SubstreamId id, App app)
        {
            Apps.Add(id, app);
            Live.Add(id);
        }

        public void End(SubstreamId id, MuxEventKind kind)
        {
            Apps[id].EndedBy = kind;
            Live.Remove(id);
        }
    }

    private sealed class App
    {
        public int Target { get; init; }

        public int Written { get; set; }

        public int Received { get; set; }

        public int Unread { get; set; }

        public bool IsOpen { get; set; }

        public bool MustWait { get; set; }

        public bool HasClosed { get; set; }

        public bool WasResetByItself { get; set; }

        public MuxEventKind? EndedBy { get; set; }

        public bool IsOver => EndedBy is not null;
    }

    private sealed class BytePipe
    {
        private byte[] _bytes = new byte[1024];
        private int _head;
        private int _tail;

        public int Count => _tail - _head;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (_tail + bytes.Length > _bytes.Length)
            {
                var larger = new byte[(Count + bytes.Length) * 2];
                _bytes.AsSpan(_head, Count).CopyTo(larger);
                _tail = Count;
                _head = 0;
                _bytes = larger;
            }

            bytes.CopyTo(_bytes.AsSpan(_tail));
            _tail += bytes.Length;
        }

        public ReadOnlySpan<byte> Read(int count)
        {
            _head += count;
            return _bytes.AsSpan(_head - count, count);
        }
    }
}
