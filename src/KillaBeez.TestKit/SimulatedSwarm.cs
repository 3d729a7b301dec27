using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>
/// Nodes, exchanges and a network in one deterministic simulation: virtual time, one thread, every decision drawn
/// from the seed. The nodes are the real ones; only sockets and clocks are replaced. Two runs with one seed and
/// the same calls have the same history, to the last message.
/// </summary>
/// <example>
/// <code>
/// using var swarm = new SimulatedSwarm(seed: 7);
/// var (a, b) = (swarm.AddNode(), swarm.AddNode());
/// var call = swarm.Run(() => a.CallAsync(b.Id), TimeSpan.FromSeconds(10));
/// swarm.Network.Partition([a.Id], [b.Id]);
/// swarm.RunFor(TimeSpan.FromMinutes(2));
/// </code>
/// </example>
public sealed class SimulatedSwarm : IDisposable
{
    private readonly SeededRandomSource _random;
    private readonly Simulation _simulation;
    private readonly SimulationPipeScheduler _applicationScheduler;
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<SimulatedExchange> _exchanges = [];
    private readonly string? _hocon;

    /// <summary>Starts an empty simulation at virtual time zero.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    /// <param name="hocon">Settings for the actor system of every node; null for none.</param>
    public SimulatedSwarm(ulong seed, string? hocon = null)
    {
        _hocon = hocon;
        Seed = seed;
        _random = new SeededRandomSource(seed);
        _simulation = new Simulation(_random.NextUInt64());
        _applicationScheduler = new SimulationPipeScheduler(_simulation);
        Network = new SimulatedNetwork(_simulation, _random.Fork());
        Exchange = AddExchange(new Uri("ws://exchange.simulated/"));
    }

    /// <summary>What everything was decided by.</summary>
    public ulong Seed { get; }

    /// <summary>The paths between the nodes.</summary>
    public SimulatedNetwork Network { get; }

    /// <summary>The exchange that nodes use unless their options name others.</summary>
    public SimulatedExchange Exchange { get; }

    /// <summary>The nodes that were added, also those that were killed since.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Now => _simulation.Elapsed;

    /// <summary>
    /// A hash over everything that happened so far: which actor handled what kind of message, when. Equal for two
    /// runs of one seed.
    /// </summary>
    public ulong HistoryHash => _simulation.HistoryHash;

    /// <summary>
    /// How often another thread reached into the simulation while it ran. More than zero means that its history does
    /// not repeat: something inside used Task.Run, ConfigureAwait(false) or a real delay.
    /// </summary>
    public long ForeignPosts => _simulation.ForeignPosts;

    /// <summary>Virtual time for code that takes a <see cref="System.TimeProvider"/>, such as Task.Delay.</summary>
    public TimeProvider TimeProvider => _simulation.TimeProvider;

    /// <summary>The simulation below, in which actors of your own may run beside the nodes.</summary>
    public Simulation Simulation => _simulation;

    /// <summary>Starts one exchange more, for nodes whose options name it.</summary>
    /// <param name="uri">Its address; another for each.</param>
    public SimulatedExchange AddExchange(Uri uri)
    {
        var exchange = new SimulatedExchange(Network, uri);
        _exchanges.Add(exchange);
        return exchange;
    }

    /// <summary>Starts a node with a key drawn from the seed, in an actor system of its own.</summary>
    /// <param name="options">How it behaves; its key pair and exchanges are set by the simulation where they are not given.</param>
    /// <param name="hocon">Settings for its actor system, which win over those of all nodes; null for none.</param>
    public SimulatedNode AddNode(SwarmOptions? options = null, string? hocon = null) => AddNode(options, static transport => transport, hocon);

    /// <summary>A node whose links are not what it takes them for: how tests become hostile peers.</summary>
    internal SimulatedNode AddNode(SwarmOptions? options, Func<ILinkTransport, ILinkTransport> wrap, string? hocon = null)
    {
        var random = _random.Fork();
        var identity = options?.KeyPair ?? KeyPair.Generate(random);
        options ??= new SwarmOptions();
        if (options.Exchanges.Count == 0)
        {
            options = options with { Exchanges = [Exchange.Uri] };
        }

        var host = Network.AddHost(identity.Id);
        var environment = new SwarmEnvironment
        {
            Identity = identity,
            Options = options,
            Transport = wrap(new SimulatedLinkTransport(Network, host)),
            Exchanges = new SimulatedExchangeConnector(_exchanges),
            Random = random,
            ApplicationScheduler = _applicationScheduler,
            DispatchEventsInline = true,
            ApplicationContext = _simulation.ApplicationContext,
        };
        var system = _simulation.CreateSystem($"node{_nodes.Count + 1}", _hocon is null || hocon is null ? hocon ?? _hocon : $"{_hocon}\n{hocon}");
        var node = new SimulatedNode(this, host, _simulation.Do(() => NodeRegistry.Of(system).Start(name: null, environment)), system, environment);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Lets virtual time pass.</summary>
    public void RunFor(TimeSpan duration) => _simulation.RunFor(duration);

    /// <summary>Lets virtual time pass until something holds.</summary>
    /// <returns>False where it did not within the limit of virtual time.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit) => _simulation.RunUntil(condition, limit);

    /// <summary>Runs application code inside the simulation until it is done.</summary>
    /// <exception cref="TimeoutException">It was not done within the limit of virtual time.</exception>
    public T Run<T>(Func<Task<T>> work, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(work);
        Task<T>? task = null;
        _simulation.Schedule(TimeSpan.Zero, () => task = work());
        if (!RunUntil(() => task is { IsCompleted: true }, limit))
        {
            throw new TimeoutException($"The work was not done within {limit} of virtual time (seed {Seed}).");
        }

        return task!.GetAwaiter().GetResult();
    }

    /// <summary>Runs application code inside the simulation until it is done.</summary>
    /// <exception cref="TimeoutException">It was not done within the limit of virtual time.</exception>
    public void Run(Func<Task> work, TimeSpan limit) => Run(
        async () =>
        {
            await work();
            return true;
        },
        limit);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Release();
        }

        _simulation.Dispose();
    }
}
