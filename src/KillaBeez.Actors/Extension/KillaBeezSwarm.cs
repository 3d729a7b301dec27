using Akka.Configuration;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Settings;
using KillaBeez.Streams;

namespace KillaBeez;

/// <summary>
/// The swarm as a part of an actor system: its nodes are actors of the system (<c>/user/killabeez</c>, and
/// <c>/user/killabeez-NAME</c> for those with a name), are configured by its HOCON (<c>killabeez { ... }</c>, see
/// <see cref="DefaultConfig"/>), end with it, and take leave of their peers when it shuts down in order. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// var swarm = KillaBeezSwarm.Get(Context.System);
/// swarm.Guardian.Tell(new Call(key));                   // answered by CallSucceeded or CallFailed
/// swarm.Guardian.Tell(new Subscribe(Self));             // the state of now, then every SwarmEvent
/// SwarmNode node = await swarm.Started;                 // for those who want tasks
/// </code>
/// </example>
public sealed class KillaBeezSwarm : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly NodeRegistry _registry;
    private readonly Lock _lock = new();

    internal KillaBeezSwarm(ExtendedActorSystem system)
    {
        _system = system;
        _registry = NodeRegistry.Of(system);
    }

    /// <summary>
    /// The top of the node without a name, which any actor may tell the commands of KillaBeez.Messages. Asked for the first
    /// time it starts the node; what is told before the node runs waits for it, and is answered with the failure where it
    /// cannot start.
    /// </summary>
    /// <exception cref="ConfigurationException">HOCON is wrong; says which key, what it has and what it may have.</exception>
    /// <exception cref="ArgumentException">An option that code has set is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The actor system is simulated and has no such node.</exception>
    public IActorRef Guardian => EntryOf(name: null).Guardian;

    /// <summary>
    /// The node without a name, once it runs. Asked for the first time it starts the node, and again after one that could
    /// not start or has stopped.
    /// </summary>
    /// <exception cref="ConfigurationException">HOCON is wrong; says which key, what it has and what it may have.</exception>
    /// <exception cref="ArgumentException">An option that code has set is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The actor system is simulated and has no such node.</exception>
    public Task<SwarmNode> Started => EntryOf(name: null).Started;

    /// <summary>The node without a name.</summary>
    /// <exception cref="InvalidOperationException">It does not run: await <see cref="Started"/> first.</exception>
    public SwarmNode Node => RunningNode(name: null);

    /// <summary>The public key of the node without a name.</summary>
    /// <exception cref="InvalidOperationException">It does not run: await <see cref="Started"/> first.</exception>
    public PeerId Self => Node.Id;

    /// <summary>The substreams and events of the node without a name as Akka.Streams.</summary>
    /// <exception cref="InvalidOperationException">It does not run: await <see cref="Started"/> first.</exception>
    public SwarmStreams Streams => new(Node, _system);

    /// <summary>The swarm of an actor system; made when it is asked for the first time, which starts no node yet.</summary>
    public static KillaBeezSwarm Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<KillaBeezSwarm, KillaBeezExtension>();
    }

    /// <summary>Every setting with its default, as HOCON: reference.conf of this assembly.</summary>
    public static Config DefaultConfig() => ReferenceConfig.Value;

    /// <summary>
    /// Starts a node with a name of its own, <c>/user/killabeez-NAME</c>. Its settings are those of
    /// <c>killabeez.nodes.NAME</c> and, where those say nothing, of <c>killabeez</c>. It needs a key of its own: a second
    /// node with one key is refused.
    /// </summary>
    /// <param name="name">A part of an actor's path, such as "edge".</param>
    /// <param name="cancellationToken">Gives up starting; nothing is left then.</param>
    /// <exception cref="InvalidOperationException">A node of that name, or with that key, runs already, or the actor system is simulated.</exception>
    /// <exception cref="ConfigurationException">HOCON is wrong; says which key, what it has and what it may have.</exception>
    /// <exception cref="ArgumentException">The name cannot be one, or an option that code has set is out of its range.</exception>
    public Task<SwarmNode> StartAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Start(name, cancellationToken).Started;
    }

    /// <summary>The top of a node with a name, for the commands of KillaBeez.Messages.</summary>
    /// <param name="name">The node's name.</param>
    /// <exception cref="InvalidOperationException">No node of that name was started.</exception>
    public IActorRef GuardianOf(string name) => _registry.Find(name)?.Guardian
        ?? throw new InvalidOperationException($"There is no node named '{name}' in the actor system '{_system.Name}': start it with StartAsync.");

    /// <summary>A node with a name, for those who want tasks.</summary>
    /// <param name="name">The node's name.</param>
    /// <exception cref="InvalidOperationException">It does not run: await <see cref="StartAsync"/> first.</exception>
    public SwarmNode NodeOf(string name) => RunningNode(name);

    /// <summary>The substreams and events of a node with a name as Akka.Streams.</summary>
    /// <param name="name">The node's name.</param>
    /// <exception cref="InvalidOperationException">It does not run: await <see cref="StartAsync"/> first.</exception>
    public SwarmStreams StreamsOf(string name) => new(RunningNode(name), _system);

    private SwarmNode RunningNode(string? name) => _registry.Find(name)?.Launch.Parts?.Node
        ?? throw new InvalidOperationException($"The swarm node {(name is null ? "" : $"'{name}' ")}does not run yet, or no more: await its start first.");

    private NodeEntry EntryOf(string? name)
    {
        lock (_lock)
        {
            return _registry.Find(name) ?? Start(name, CancellationToken.None);
        }
    }

    private NodeEntry Start(string? name, CancellationToken cancellationToken) =>
        _registry.Start(name, OptionsOf(name), cancellationToken, HoconSettings.KeyFilePath(_system.Settings.Config, name));

    private SwarmOptions OptionsOf(string? name)
    {
        var options = HoconSettings.Read(_system.Settings.Config, name);
        _system.Settings.Setup.Get<KillaBeezSetup>().OnSuccess(setup => setup.Configure(name, options));
        return options;
    }
}
