using System.Collections.Concurrent;

namespace KillaBeez.Runtime.Internals;

/// <summary>Keeps what is ready, draws what runs next, and writes the history.</summary>
internal sealed class SimulationDispatcher(Simulation simulation, IRandomSource random) : Dispatcher
{
    // FNV-1a's constants: a hash that is the same on every machine, unlike string.GetHashCode.
    private const ulong HashSeed = 0xCBF29CE484222325;
    private const ulong HashPrime = 0x100000001B3;

    private static readonly ConcurrentDictionary<Type, ulong> TypeHashes = new();

    private readonly Lock _gate = new();
    private readonly List<IThreadPoolWorkItem> _ready = [];
    private long _foreignPosts;

    /// <summary>One message at a time, so that every order that can happen does happen under some seed.</summary>
    public override int Throughput => 1;

    public override bool IsSimulated => true;

    public ulong HistoryHash { get; private set; } = HashSeed;

    public long MessageCount { get; private set; }

    public long ForeignPosts => Interlocked.Read(ref _foreignPosts);

    public ActorPath? LastActor { get; private set; }

    public override void Schedule(IThreadPoolWorkItem work)
    {
        if (simulation.IsRunningElsewhere)
        {
            Interlocked.Increment(ref _foreignPosts);
        }

        lock (_gate)
        {
            _ready.Add(work);
        }
    }

    /// <summary>Runs one of those that are ready; false if none is.</summary>
    public bool RunOne()
    {
        IThreadPoolWorkItem work;
        lock (_gate)
        {
            var last = _ready.Count - 1;
            if (last < 0)
            {
                return false;
            }

            var index = last == 0 ? 0 : RandomDraw.Index(random, last + 1);
            work = _ready[index];
            _ready[index] = _ready[last];
            _ready.RemoveAt(last);
        }

        work.Execute();
        return true;
    }

    public override void Observe(ActorCell cell, object message)
    {
        MessageCount++;
        LastActor = cell.Self.Path;
        if (cell.PathHash == 0)
        {
            cell.PathHash = Hash(LastActor.ToString());
        }

        // The cell's path, the message's type, the time.
        Mix(cell.PathHash);
        Mix(TypeHashes.GetOrAdd(message.GetType(), static type => Hash(type.FullName ?? type.Name)));
        Mix((ulong)simulation.Elapsed.Ticks);
    }

    private static ulong Hash(string text) => text.Aggregate(HashSeed, static (hash, character) => (hash ^ character) * HashPrime);

    private void Mix(ulong value)
    {
        var hash = (HistoryHash ^ value) * HashPrime;
        HistoryHash = hash ^ (hash >> 32);
    }
}
