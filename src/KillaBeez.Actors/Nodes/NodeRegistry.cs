using System.Diagnostics;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;
using KillaBeez.Actors.Transport.WebRtc;
using KillaBeez.Actors.Transport.WebSockets;
using KillaBeez.Sodium;

namespace KillaBeez.Actors.Nodes;

/// <summary>Makes the registry of an actor system when it is first asked for.</summary>
internal sealed class NodeRegistryProvider : ExtensionIdProvider<NodeRegistry>
{
    public override NodeRegistry CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>
/// The nodes of one actor system, by name: starts them, and takes leave of their peers when the system shuts down in
/// order. Thread-safe.
/// </summary>
internal sealed class NodeRegistry : IExtension
{
    /// <summary>
    /// A setting by which whoever has made an actor system forbids it this machine's network: the text says why, and what
    /// to do instead. Not below <c>killabeez</c>, since it is no node's.
    /// </summary>
    public const string NetworkRefusalKey = "killabeez-network.refusal";

    private const string ActorName = "killabeez";
    private const string GoodbyeTask = "killabeez-goodbye";

    /// <summary>An actor's name is free a moment after the actor has ended, and nobody is told when.</summary>
    private static readonly TimeSpan _nameLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _namePause = TimeSpan.FromMilliseconds(1);

    private readonly ExtendedActorSystem _system;
    private readonly Lock _lock = new();
    private readonly Lock _identityLock = new();
    private readonly Dictionary<string, NodeEntry> _entries = [];
    private bool _saysGoodbye;

    public NodeRegistry(ExtendedActorSystem system)
    {
        _system = system;
        ReferenceConfig.AddTo(system.Settings);
    }

    /// <summary>Whether the system is one node's own and ends with it.</summary>
    public bool OwnsSystem { get; set; }

    public static NodeRegistry Of(ActorSystem system) => system.WithExtension<NodeRegistry, NodeRegistryProvider>();

    /// <summary>The node of a name, started or starting; null where there is none.</summary>
    public NodeEntry? Find(string? name)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(name ?? "");
        }
    }

    /// <summary>Starts a node on this machine's network.</summary>
    /// <param name="name">Its name, or null for the node without one.</param>
    /// <param name="options">How it behaves; copied.</param>
    /// <param name="cancellationToken">Gives up starting; nothing is left then.</param>
    /// <param name="keyFileSetting">What HOCON calls the key file, where the options are from there.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the name cannot be one.</exception>
    /// <exception cref="InvalidOperationException">A node of that name runs in the system, the system has ended, or it is simulated.</exception>
    public NodeEntry Start(string? name, SwarmOptions options, CancellationToken cancellationToken, string? keyFileSetting = null)
    {
        if (_system.Settings.Config.GetString(NetworkRefusalKey) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }

        options.Validate();
        options = options.Snapshot();
        SodiumLibrary.EnsureLoaded();
        cancellationToken.ThrowIfCancellationRequested();
        var entry = Enter(name);
        SayGoodbyeAtShutdown();
        entry.Started = StartAsync(entry, options, keyFileSetting, cancellationToken);
        return entry;
    }

    /// <summary>Starts a node in an environment made by the caller, such as a simulated network.</summary>
    public SwarmNode Start(string? name, SwarmEnvironment environment)
    {
        environment.Options.Validate();
        var entry = Enter(name);
        var node = Begin(entry, environment, identity: null);
        entry.Started = Task.FromResult(node);
        return node;
    }

    private static string ActorNameOf(string name) => name.Length == 0 ? ActorName : $"{ActorName}-{name}";

    private async Task<SwarmNode> StartAsync(NodeEntry entry, SwarmOptions options, string? keyFileSetting, CancellationToken cancellationToken)
    {
        NodeIdentity? identity = null;
        WebRtcLinkTransport? transport = null;
        try
        {
            // Files, certificates and sockets are made off the caller's thread.
            await Task.Run(
                () =>
                {
                    identity = Identify(entry, options, keyFileSetting);
                    transport = WebRtcLinkTransport.Start(options);
                },
                CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var environment = new SwarmEnvironment
            {
                Identity = identity!.KeyPair,
                Options = options,
                Transport = transport!,
                Exchanges = ExchangeConnector(),
                Random = SystemRandomSource.Instance,
            };
            return Begin(entry, environment, identity);
        }
        catch (Exception e)
        {
            entry.Guardian.Tell(new GuardianMessages.LaunchFailed(e.Message), ActorRefs.NoSender);
            if (transport is not null)
            {
                await transport.DisposeAsync().ConfigureAwait(false);
            }

            identity?.Dispose();
            await UntilNameIsFreeAsync(entry).ConfigureAwait(false);
            Remove(entry);
            throw;
        }
    }

    /// <summary>One after the other, so that of two nodes with one new key file the second finds what the first has made.</summary>
    private NodeIdentity Identify(NodeEntry entry, SwarmOptions options, string? keyFileSetting)
    {
        lock (_identityLock)
        {
            var identity = NodeIdentity.Of(options, keyFileSetting);
            var id = identity.KeyPair.Id;
            NodeEntry? other;
            lock (_lock)
            {
                other = _entries.Values.FirstOrDefault(known => known != entry && known.Id == id);
                entry.Id = other is null ? id : null;
            }

            if (other is null)
            {
                return identity;
            }

            identity.Dispose();
            throw new InvalidOperationException(
                $"{Describe(entry.Name, "The")} has the key of {Describe(other.Name, "the")} in the actor system '{_system.Name}': they would take each other's calls. "
                + $"Give each a key of its own: killabeez.nodes.NAME.key-file in HOCON, {nameof(SwarmOptions.KeyFile)} or {nameof(SwarmOptions.KeyPair)} in code.");
        }
    }

    private static string Describe(string name, string article) => $"{article} node {(name.Length == 0 ? "without a name" : $"named '{name}'")}";

    private SwarmNode Begin(NodeEntry entry, SwarmEnvironment environment, NodeIdentity? identity)
    {
        var node = new SwarmNode(environment, entry.Guardian, identity, () => ReleaseAsync(entry, isSimulated: environment.DispatchEventsInline));
        if (!entry.Launch.TryComplete(node.Parts))
        {
            throw new KillaBeezException(KillaBeezError.Closed, "The node's actor ended while the node was starting: its actor system is ending, or somebody stopped it.");
        }

        entry.Guardian.Tell(GuardianMessages.Begin.Instance, ActorRefs.NoSender);
        return node;
    }

    private IExchangeConnector ExchangeConnector()
    {
        var given = _system.Settings.Setup.Get<ExchangeConnectorSetup>();
        return given.HasValue ? given.Value.Connector : new WebSocketExchangeConnector();
    }

    private NodeEntry Enter(string? name)
    {
        name ??= "";
        if (name.Length > 0 && !ActorPath.IsValidPathElement(ActorNameOf(name)))
        {
            throw new ArgumentException($"'{name}' cannot be a node's name: it becomes part of an actor's path, so it has letters, digits and -_.*$+:@&=,!~';.", nameof(name));
        }

        var entry = new NodeEntry(name);
        lock (_lock)
        {
            if (!_entries.TryAdd(name, entry))
            {
                throw new InvalidOperationException(
                    $"{Describe(name, "A")} runs in the actor system '{_system.Name}' already. Give the next one a name of its own, or stop the first.");
            }
        }

        try
        {
            var launch = entry.Launch;
            entry.Guardian = _system.ActorOf(SwarmProps.Of(() => new SwarmGuardian(launch)), ActorNameOf(name));
            return entry;
        }
        catch
        {
            Remove(entry);
            throw;
        }
    }

    private void Remove(NodeEntry entry)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(entry.Name) == entry)
            {
                _entries.Remove(entry.Name);
            }
        }
    }

    /// <summary>The node has stopped: the next one may have its name.</summary>
    private async Task ReleaseAsync(NodeEntry entry, bool isSimulated)
    {
        if (OwnsSystem)
        {
            await _system.Terminate().ConfigureAwait(false);
        }
        else if (!isSimulated)
        {
            await UntilNameIsFreeAsync(entry).ConfigureAwait(false);
        }

        Remove(entry);
    }

    private async Task UntilNameIsFreeAsync(NodeEntry entry)
    {
        var waited = Stopwatch.StartNew();
        while (!_system.Guardian.GetChild([ActorNameOf(entry.Name)]).IsNobody() && waited.Elapsed < _nameLimit)
        {
            await Task.Delay(_namePause).ConfigureAwait(false);
        }
    }

    private void SayGoodbyeAtShutdown()
    {
        lock (_lock)
        {
            if (_saysGoodbye || OwnsSystem)
            {
                return;
            }

            _saysGoodbye = true;
        }

        CoordinatedShutdown.Get(_system).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, GoodbyeTask, async () =>
        {
            await Task.WhenAll(Running().Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);
            return Done.Instance;
        });
    }

    private List<SwarmNode> Running()
    {
        lock (_lock)
        {
            return [.. _entries.Values.Where(entry => entry.Launch.Parts is not null).Select(entry => entry.Launch.Parts!.Node)];
        }
    }
}

/// <summary>One node of a system, from the moment its start began.</summary>
internal sealed class NodeEntry(string name)
{
    public string Name { get; } = name;

    /// <summary>Its key, once that is known; the registry's lock guards it.</summary>
    public PeerId? Id { get; set; }

    public NodeLaunch Launch { get; } = new();

    /// <summary>The top of the node's actors. What it is told before the node has started waits.</summary>
    public IActorRef Guardian { get; set; } = ActorRefs.Nobody;

    /// <summary>The node, once it runs.</summary>
    public Task<SwarmNode> Started { get; set; } = Task.FromCanceled<SwarmNode>(new CancellationToken(canceled: true));
}
