using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

/// <summary>Two engines with an ordered pipe between them, and everything either reported.</summary>
internal sealed class MuxPair : IDisposable
{
    private readonly byte[] _frame = new byte[MuxLimits.SessionFrameBytes];

    public MuxPair(MuxOptions? options = null)
    {
        A = new MuxEngine(options ?? MuxOptions.Default, usesOddIds: true);
        B = new MuxEngine(options ?? MuxOptions.Default, usesOddIds: false);
    }

    public MuxEngine A { get; }

    public MuxEngine B { get; }

    public Instant Now { get; set; } = Instant.Zero.AddMs(1000);

    public List<MuxEvent> AEvents { get; } = [];

    public List<MuxEvent> BEvents { get; } = [];

    /// <summary>The bytes of Data events so far, by receiver and substream.</summary>
    public Dictionary<(bool AtA, SubstreamId Id), List<byte>> Received { get; } = [];

    /// <summary>Whether data is reported as consumed when it arrives.</summary>
    public bool ConsumesAtOnce { get; set; } = true;

    /// <summary>Moves frames both ways until both are quiet.</summary>
    public void Run()
    {
        bool moved;
        do
        {
            moved = Move(A, B) | Move(B, A);
            Collect();
        }
        while (moved);
    }

    /// <summary>Opens a substream at A that B accepts.</summary>
    public SubstreamId OpenAccepted(string type = "test")
    {
        var id = A.Open(Now, type, default);
        Run();
        B.Accept(Now, id);
        Run();
        AEvents.Clear();
        BEvents.Clear();
        return id;
    }

    public void Collect()
    {
        Collect(A, AEvents, atA: true);
        Collect(B, BEvents, atA: false);
    }

    public byte[] PollFrame(MuxEngine engine) =>
        engine.TryPollTransmit(Now, _frame, out var written) ? _frame[..written] : [];

    public string PollHex(MuxEngine engine) => Convert.ToHexStringLower(PollFrame(engine));

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }

    private bool Move(MuxEngine from, MuxEngine to)
    {
        if (!from.TryPollTransmit(Now, _frame, out var written))
        {
            return false;
        }

        to.HandleFrame(Now, _frame.AsSpan(0, written));
        return true;
    }

    private void Collect(MuxEngine engine, List<MuxEvent> events, bool atA)
    {
        while (engine.TryPollEvent(out var e))
        {
            if (e.Kind != MuxEventKind.Data)
            {
                events.Add(e);
                continue;
            }

            var key = (atA, e.Id);
            if (!Received.TryGetValue(key, out var bytes))
            {
                Received.Add(key, bytes = []);
            }

            bytes.AddRange(e.Buffer.Span);
            var count = e.Buffer.Length;
            e.Buffer.Dispose();
            events.Add(new MuxEvent(MuxEventKind.Data, e.Id) { Code = (uint)count });
            if (ConsumesAtOnce)
            {
                engine.Consumed(Now, e.Id, count);
            }
        }
    }
}
