using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

/// <summary>A writes one substream as fast as it may to B, which reads at once, over a path with a delay.</summary>
internal sealed class MuxTimedPair : IDisposable
{
    private const int FramesPerMs = 1;

    private readonly MuxEngine _a = new(MuxOptions.Default, usesOddIds: true);
    private readonly MuxEngine _b = new(MuxOptions.Default, usesOddIds: false);
    private readonly Queue<(Instant At, byte[] Frame)> _toA = [];
    private readonly Queue<(Instant At, byte[] Frame)> _toB = [];
    private readonly byte[] _chunk = new byte[65_536];
    private readonly byte[] _frame = new byte[MuxLimits.SessionFrameBytes];
    private readonly TimeSpan _delay;
    private readonly SubstreamId _id;
    private Instant _now = Instant.Zero;
    private long _received;

    public MuxTimedPair(TimeSpan delay)
    {
        _delay = delay;
        _id = _a.Open(_now, "bulk", default);
    }

    public long BytesIn(TimeSpan time)
    {
        var before = _received;
        for (var end = _now + time; _now < end; _now = _now.AddMs(1))
        {
            Deliver(_toB, _b);
            Deliver(_toA, _a);
            while (_a.Write(_now, _id, _chunk) == _chunk.Length)
            {
            }

            Send(_a, _toB);
            Send(_b, _toA);
        }

        return _received - before;
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private void Send(MuxEngine engine, Queue<(Instant At, byte[] Frame)> pipe)
    {
        for (var i = 0; i < FramesPerMs && engine.TryPollTransmit(_now, _frame, out var written); i++)
        {
            pipe.Enqueue((_now + _delay, _frame[..written]));
        }
    }

    private void Deliver(Queue<(Instant At, byte[] Frame)> pipe, MuxEngine engine)
    {
        while (pipe.TryPeek(out var next) && next.At <= _now)
        {
            engine.HandleFrame(_now, pipe.Dequeue().Frame);
            while (engine.TryPollEvent(out var e))
            {
                if (e.Kind == MuxEventKind.RemoteOpened)
                {
                    engine.Accept(_now, e.Id);
                }
                else if (e.Kind == MuxEventKind.Data)
                {
                    _received += e.Buffer.Length;
                    engine.Consumed(_now, e.Id, e.Buffer.Length);
                    e.Buffer.Dispose();
                }
            }
        }
    }
}
