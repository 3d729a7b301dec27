using KillaBeez.Fuzz.Tests.Fuzzing;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>One engine and the hostile world around it.</summary>
internal abstract class EngineWorld : IDisposable
{
    /// <summary>The virtual clock.</summary>
    public Instant Now { get; protected set; } = Instant.FromElapsed(TimeSpan.FromHours(1));

    /// <summary>Bytes that the world has handed to the engine so far: what allocation is measured against.</summary>
    public long FedBytes { get; protected set; }

    /// <summary>What the world keeps itself, for replays and statistics: not the engine's doing.</summary>
    public virtual long AllowedOverheadBytes => 0;

    public abstract void Step(byte operation, scoped ref Arguments arguments);

    /// <summary>Polls everything out and checks the invariants; called after each operation.</summary>
    public abstract void Settle(ref Outcome outcome);

    /// <summary>Gives the engine's buffers back.</summary>
    public abstract void Dispose();

    /// <summary>
    /// Serves what is due and polls what comes of it; an engine that is due again at once would spin. What a poll
    /// makes due may take a second round.
    /// </summary>
    protected void Serve(Func<Instant> next, Action<Instant> handle, Action poll)
    {
        const int MaxRounds = 8;
        poll();
        for (var round = 0; next() <= Now; round++)
        {
            OracleException.Require(round < MaxRounds, "due again at once after HandleTimeout and polling");
            handle(Now);
            poll();
        }
    }

    protected void Pass(long milliseconds) => Now = Now.AddMs(milliseconds);

    /// <summary>Moves the clock to a deadline, but no further than a day.</summary>
    protected void PassTo(Instant deadline) => Now = Instant.Max(Now, Instant.Min(deadline, Now.AddMs(86_400_000)));
}

/// <summary>A target whose input is a list of operations on an engine.</summary>
internal abstract class StatefulTarget<TWorld> : FuzzTarget
    where TWorld : EngineWorld
{
    private const int MaxOperations = 512;

    public override int MaxInputBytes => 4096;

    public override int Weight => 4;

    /// <summary>Checked here by what the engine was fed, not by the length of the list: a few bytes of operation can mean a large packet.</summary>
    public override long MaxAllocatedBytes(int inputBytes) => long.MaxValue;

    /// <summary>What a run may allocate whatever it is fed: the engine itself, and its tables at their limits.</summary>
    protected virtual long AllocationBytes => 16 * 1024 * 1024;

    protected virtual long AllocationBytesPerFedByte => 64;

    protected virtual long AllocationBytesPerOperation => 32 * 1024;

    /// <param name="options">The first byte of the input.</param>
    protected abstract TWorld Create(byte options);

    public override int Execute(ReadOnlySpan<byte> input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = new Outcome();
        using var world = Create(input.IsEmpty ? (byte)0 : input[0]);
        world.Settle(ref outcome);
        var reader = new OperationReader(input.IsEmpty ? input : input[1..]);
        var operations = 0;
        while (operations < MaxOperations && reader.TryRead(out var operation, out var arguments))
        {
            operations++;
            world.Step(operation, ref arguments);
            world.Settle(ref outcome);
        }

        OracleException.RequireAtMost(
            GC.GetAllocatedBytesForCurrentThread() - before,
            AllocationBytes + (AllocationBytesPerFedByte * world.FedBytes) + (AllocationBytesPerOperation * operations) + world.AllowedOverheadBytes,
            "bytes allocated during a list of operations");
        return outcome.Value;
    }
}
