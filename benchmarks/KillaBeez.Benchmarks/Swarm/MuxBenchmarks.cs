using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Benchmarks.Swarm;

/// <summary>Two multiplexers, back to back in memory: no session, cipher or link between them.</summary>
internal static class MuxBenchmarks
{
    private const int TransferBytes = 64 * 1024 * 1024;
    private const int Substreams = 1000;

    public static void Run(Report report)
    {
        report.Time("16 KiB through one substream, written to consumed", TransferBytes / 16_384, () => Transfer(16 * 1024), 16 * 1024);
        report.Time("256 B through one substream, written to consumed", TransferBytes / 16 / 256, () => Transfer(256, TransferBytes / 16), 256);
        report.Time("open, accept, end both ways", Substreams, OpenAndClose);
    }

    private static void Transfer(int chunkBytes, int totalBytes = TransferBytes)
    {
        using var pair = new Pair();
        var id = pair.Open();
        var chunk = new byte[chunkBytes];
        for (var sent = 0; sent < totalBytes;)
        {
            var taken = pair.A.Write(pair.Now, id, chunk);
            sent += taken;
            if (taken < chunkBytes)
            {
                pair.Run();
            }
        }

        pair.Run();
        if (pair.ReceivedBytes < totalBytes)
        {
            throw new InvalidOperationException("Bytes were lost between the multiplexers.");
        }
    }

    private static void OpenAndClose()
    {
        using var pair = new Pair();
        for (var i = 0; i < Substreams; i++)
        {
            var id = pair.Open();
            pair.A.CloseWrite(pair.Now, id);
            pair.B.CloseWrite(pair.Now, id);
            pair.Run();
        }
    }

    private sealed class Pair : IDisposable
    {
        private readonly byte[] _frame = new byte[MuxLimits.SessionFrameBytes];

        public MuxEngine A { get; } = new(MuxOptions.Default, usesOddIds: true);

        public MuxEngine B { get; } = new(MuxOptions.Default, usesOddIds: false);

        public Instant Now { get; private set; } = Instant.Zero.AddMs(1000);

        public long ReceivedBytes { get; private set; }

        public SubstreamId Open()
        {
            var id = A.Open(Now, "bench", default);
            Run();
            B.Accept(Now, id);
            Run();
            return id;
        }

        public void Run()
        {
            while (Move(A, B) | Move(B, A))
            {
                Now = Now.AddMs(0.05);
            }
        }

        public void Dispose()
        {
            A.Dispose();
            B.Dispose();
        }

        private bool Move(MuxEngine from, MuxEngine to)
        {
            var moved = false;
            while (from.TryPollTransmit(Now, _frame, out var written))
            {
                moved = true;
                to.HandleFrame(Now, _frame.AsSpan(0, written));
                while (to.TryPollEvent(out var e))
                {
                    if (e.Kind == MuxEventKind.Data)
                    {
                        ReceivedBytes += e.Buffer.Length;
                        to.Consumed(Now, e.Id, e.Buffer.Length);
                        e.Buffer.Dispose();
                    }
                }
            }

            return moved;
        }
    }
}
