using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Benchmarks.Swarm;

/// <summary>Two session engines over one link in memory: numbering, keeping, delivering, acknowledging.</summary>
internal static class SessionBenchmarks
{
    private const int Frames = 4000;

    public static void Run(Report report)
    {
        foreach (var size in (int[])[64, 1024, 16 * 1024])
        {
            using var pair = new Pair();
            var frame = new byte[size];
            report.Time($"frame of {size:N0} B, written to delivered and acknowledged", Frames, () => pair.Send(frame), size);
        }
    }

    private sealed class Pair : IDisposable
    {
        private static readonly LinkId _link = new(1);

        private readonly SessionEngine _a = new(new SessionOptions(), new SeededRandomSource(1));
        private readonly SessionEngine _b = new(new SessionOptions(), new SeededRandomSource(2));
        private readonly byte[] _message = new byte[SessionLimits.MaxMessageBytes];
        private Instant _now = new(1_000_000);
        private long _delivered;

        public Pair()
        {
            var ofA = _a.LinkStarting(_now, _link, LinkRole.Initiator);
            var ofB = _b.LinkStarting(_now, _link, LinkRole.Responder);
            _b.LinkOpened(_now, _link, ofA);
            _a.LinkOpened(_now, _link, ofB);
            Run();
            _a.Use(_now, _link);
            _b.Use(_now, _link);
            Run();
        }

        public void Send(byte[] frame)
        {
            var before = _delivered;
            for (var i = 0; i < Frames; i++)
            {
                while (!_a.TryWrite(_now, frame))
                {
                    Run();
                }
            }

            Run();
            if (_delivered != before + Frames)
            {
                throw new InvalidOperationException("Frames were lost between the sessions.");
            }
        }

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
        }

        private void Run()
        {
            while (Move(_a, _b) | Move(_b, _a))
            {
            }

            // What waits for a timer, such as an acknowledgement, is sent now.
            _now = _now.AddMs(100);
            _a.HandleTimeout(_now);
            _b.HandleTimeout(_now);
            while (Move(_a, _b) | Move(_b, _a))
            {
            }
        }

        private bool Move(SessionEngine from, SessionEngine to)
        {
            var moved = false;
            while (from.TryPollTransmit(_now, _message, out var written, out var link))
            {
                moved = true;
                from.LinkTook(_now, link, written);
                to.MessageReceived(_now, link, _message.AsSpan(0, written));
                while (to.TryPollEvent(out var e))
                {
                    if (e.Kind == SessionEventKind.Frame)
                    {
                        e.Frame.Dispose();
                        _delivered++;
                    }
                }
            }

            return moved;
        }
    }
}
