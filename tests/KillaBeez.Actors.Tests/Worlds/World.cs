using System.Buffers;
using System.IO.Pipelines;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Transport;

namespace KillaBeez.Actors.Tests.Worlds;

/// <summary>A simulated swarm with what many tests do in it.</summary>
internal sealed class World : IDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(5);

    private readonly List<SimulatedNode> _configured = [];

    public World(ulong seed = 1) => Swarm = new SimulatedSwarm(seed);

    public SimulatedSwarm Swarm { get; }

    public SimulatedNetwork Network => Swarm.Network;

    /// <summary>Two nodes, the first of which has called the second.</summary>
    public static (World World, SimulatedNode A, SimulatedNode B, Peer BAtA, Peer AAtB) Pair(ulong seed = 1, SwarmOptions? options = null)
    {
        var world = new World(seed);
        var (a, b) = (world.Swarm.AddNode(options), world.Swarm.AddNode(options));
        var (bAtA, aAtB) = world.Connect(a, b);
        return (world, a, b, bAtA, aAtB);
    }

    /// <summary>Connects two nodes; returns the peers as each side sees the other.</summary>
    public (Peer AtCaller, Peer AtCalled) Connect(SimulatedNode caller, SimulatedNode called)
    {
        RunFor(1);
        var peer = Run(() => caller.CallAsync(called.Id));
        Until(() => called.PeerIds.Contains(caller.Id), "the called side is connected");
        return (peer, called.Node.Peers.Single(p => p.Id == caller.Id));
    }

    public T Run<T>(Func<Task<T>> work) => Swarm.Run(work, LongEnough);

    public void Run(Func<Task> work) => Swarm.Run(work, LongEnough);

    /// <summary>Runs work that must fail, and returns how.</summary>
    public KillaBeezException Fails(Func<Task> work) =>
        Assert.Throws<KillaBeezException>(() => Swarm.Run(work, LongEnough));

    public void Until(Func<bool> condition, string what, TimeSpan? limit = null) =>
        Assert.True(Swarm.RunUntil(condition, limit ?? LongEnough), $"waited too long for: {what} (seed {Swarm.Seed}, now {Swarm.Now})");

    public void RunFor(double seconds) => Swarm.RunFor(TimeSpan.FromSeconds(seconds));

    /// <summary>Opens a substream and returns both ends.</summary>
    public (Substream Opener, Substream Acceptor) Open(Peer peer, SimulatedNode acceptor, string type = "test")
    {
        Substream? accepted = null;
        void OnOpened(object? sender, SubstreamOpenedEventArgs e) => accepted ??= e.Substream.Type == type ? e.Substream : null;
        acceptor.Node.SubstreamOpened += OnOpened;
        var opened = Run(() => peer.OpenAsync(type));
        acceptor.Node.SubstreamOpened -= OnOpened;
        return (opened, accepted!);
    }

    /// <summary>Everything that happens at a node from now on.</summary>
    public List<SwarmEvent> Record(SimulatedNode node)
    {
        var events = new List<SwarmEvent>();
        Swarm.Simulation.Post(() => _ = CollectAsync(node, events));
        Swarm.Simulation.RunReady();
        return events;
    }

    /// <summary>A node whose actor system has settings of its own, and is seen by somebody before the node begins.</summary>
    public SimulatedNode AddConfigured(string hocon, Action<ActorSystem>? observe = null) =>
        Add(new SwarmOptions(), hocon, observe, static exchanges => exchanges, static transport => transport);

    /// <summary>A node whose exchange, or whose links, are not what it takes them for.</summary>
    public SimulatedNode AddBehind(
        Func<IExchangeConnector, IExchangeConnector>? exchange = null,
        Func<ILinkTransport, ILinkTransport>? transport = null,
        SwarmOptions? options = null) =>
        Add(options ?? new SwarmOptions(), hocon: null, observe: null, exchange ?? (static exchanges => exchanges), transport ?? (static links => links));

    private SimulatedNode Add(
        SwarmOptions options,
        string? hocon,
        Action<ActorSystem>? observe,
        Func<IExchangeConnector, IExchangeConnector> wrapExchange,
        Func<ILinkTransport, ILinkTransport> wrapTransport)
    {
        var random = new SeededRandomSource(Swarm.Seed + 1_000 + (ulong)_configured.Count);
        var identity = KeyPair.Generate(random);
        var host = Network.AddHost(identity.Id);
        var environment = new SwarmEnvironment
        {
            Identity = identity,
            Options = options with { Exchanges = [Swarm.Exchange.Uri] },
            Transport = wrapTransport(new SimulatedLinkTransport(Network, host)),
            Exchanges = wrapExchange(new SimulatedExchangeConnector([Swarm.Exchange])),
            Random = random,
            ApplicationScheduler = new SimulationPipeScheduler(Swarm.Simulation),
            DispatchEventsInline = true,
            ApplicationContext = Swarm.Simulation.ApplicationContext,
        };
        var system = Swarm.Simulation.CreateSystem($"configured{_configured.Count + 1}", hocon);
        Swarm.Simulation.Do(() => observe?.Invoke(system));
        var node = new SimulatedNode(Swarm, host, Swarm.Simulation.Do(() => NodeRegistry.Of(system).Start(name: null, environment)), system, environment);
        _configured.Add(node);
        return node;
    }

    public void Dispose()
    {
        _configured.ForEach(node => node.Release());
        Swarm.Dispose();
    }

    private static async Task CollectAsync(SimulatedNode node, List<SwarmEvent> events)
    {
        await foreach (var e in node.Node.Events)
        {
            events.Add(e);
        }
    }
}

/// <summary>Looks into a system's tree of actors.</summary>
internal static class ActorTree
{
    /// <summary>The actor at a path below /user, or null.</summary>
    public static IActorRef? Find(SimulatedNode node, string path) =>
        All(node).FirstOrDefault(actor => actor.Path.ToString().EndsWith($"/user/{path}", StringComparison.Ordinal));

    public static IActorRef PeerActorOf(SimulatedNode node, PeerId remote) =>
        Find(node, $"killabeez/peers/{remote}") ?? throw new InvalidOperationException("There is no such peer.");

    /// <summary>The children of a peer's actor whose names begin so.</summary>
    public static IReadOnlyList<IActorRef> ChildrenOf(SimulatedNode node, PeerId remote, string prefix) =>
        [.. Below(node, $"/killabeez/peers/{remote}/{prefix}").OrderBy(a => a.Path.Name.Length).ThenBy(a => a.Path.Name, StringComparer.Ordinal)];

    /// <summary>All actors that a path's part is in, a parent before its children.</summary>
    public static IEnumerable<IActorRef> Below(SimulatedNode node, string part) =>
        All(node).Where(actor => actor.Path.ToString().Contains(part, StringComparison.Ordinal));

    public static IEnumerable<IActorRef> All(SimulatedNode node)
    {
        var waiting = new Queue<ActorRefWithCell>([(ActorRefWithCell)node.Node.Guardian]);
        while (waiting.TryDequeue(out var actor))
        {
            if (actor.IsTerminated)
            {
                continue;
            }

            yield return actor;
            foreach (var child in actor.Children)
            {
                waiting.Enqueue((ActorRefWithCell)child);
            }
        }
    }
}

/// <summary>Reads and writes of whole contents.</summary>
internal static class PipeHelper
{
    /// <summary>Bytes that differ at every place of every run.</summary>
    public static byte[] Content(ulong seed, int length)
    {
        var bytes = new byte[length];
        new SeededRandomSource(seed).Fill(bytes);
        return bytes;
    }

    public static async Task WriteAllAsync(this PipeWriter output, ReadOnlyMemory<byte> content)
    {
        const int piece = 20_000;
        for (var at = 0; at < content.Length; at += piece)
        {
            await output.WriteAsync(content.Slice(at, Math.Min(piece, content.Length - at)));
        }

        await output.CompleteAsync();
    }

    public static async Task<byte[]> ReadAllAsync(this PipeReader input)
    {
        using var content = new MemoryStream();
        while (true)
        {
            var read = await input.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                content.Write(segment.Span);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return content.ToArray();
            }
        }
    }

    /// <summary>Reads until so many bytes have come.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this PipeReader input, int length)
    {
        var read = await input.ReadAtLeastAsync(length);
        var bytes = read.Buffer.Slice(0, length).ToArray();
        input.AdvanceTo(read.Buffer.GetPosition(length));
        return bytes;
    }
}
