using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Transport;
using KillaBeez.Actors.Transport.WebRtc;
using KillaBeez.Actors.Transport.WebSockets;
using KillaBeez.Sodium;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez;

/// <summary>
/// A node of the swarm. It is called, and calls others, by public key; one call joins it to everybody. Between
/// two nodes <see cref="Peer.OpenAsync(string, CancellationToken)"/> opens substreams. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var node = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { new Uri("ws://127.0.0.1:6688") } });
/// Peer peer = await node.CallAsync(PeerId.Parse("..."), cancellationToken);
/// await using Substream chat = await peer.OpenAsync("chat", cancellationToken);
/// </code>
/// </example>
public sealed class SwarmNode : IAsyncDisposable
{
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(5);

    /// <summary>The node's own system says nothing on the console and hangs nothing on the end of the process.</summary>
    private static readonly Akka.Configuration.Config _ownSystemConfig = Akka.Configuration.ConfigurationFactory.ParseString("""
        akka {
          loggers = []
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """);

    private readonly SwarmEnvironment _environment;
    private readonly ActorSystem _system;
    private readonly bool _ownsSystem;
    private readonly KeyPair? _ownedKeyPair;
    private readonly SwarmEventHub _events;
    private readonly IActorRef _guardian;
    private readonly PeerDirectory _peers = new();
    private readonly ReplyScope _replies;
    private int _disposed;

    private SwarmNode(SwarmEnvironment environment, ActorSystem system, bool ownsSystem, KeyPair? ownedKeyPair)
    {
        _environment = environment;
        _system = system;
        _ownsSystem = ownsSystem;
        _ownedKeyPair = ownedKeyPair;
        _replies = new ReplyScope(environment.DispatchEventsInline);
        _events = new SwarmEventHub(this, environment.DispatchEventsInline, environment.ApplicationContext);
        var (events, peers) = (_events, _peers);
        environment.Transport.ReportServerFailures((server, reason) => events.Publish(new IceServerFailedEvent(server, reason)));
        _guardian = system.ActorOf(Props.Create(() => new SwarmGuardian(environment, events, peers)), "swarm");
    }

    /// <summary>A peer's session began. Handlers run one at a time, in order, on the thread pool.</summary>
    public event EventHandler<PeerEventArgs>? PeerConnected;

    /// <summary>A peer's session ended.</summary>
    public event EventHandler<PeerEventArgs>? PeerDisconnected;

    /// <summary>
    /// A peer opens a substream. It is accepted when all handlers have returned, unless one refused it; where
    /// there is neither a handler nor a reader of <see cref="Events"/>, it is refused.
    /// </summary>
    public event EventHandler<SubstreamOpenedEventArgs>? SubstreamOpened;

    /// <summary>This node's public key.</summary>
    public PeerId Id => _environment.Identity.Id;

    /// <summary>The peers with a session, as they are now.</summary>
    public IReadOnlyCollection<Peer> Peers => _peers.Connected;

    /// <summary>
    /// What is the case when the enumeration begins (exchanges, connected peers) and everything that happens from
    /// then on. Each enumeration has a bounded queue: a reader that does not keep up loses the oldest events.
    /// </summary>
    public IAsyncEnumerable<SwarmEvent> Events => _events.ReadAllAsync();

    /// <summary>The top of the node's actors, for tests of this repository.</summary>
    internal IActorRef Guardian => _guardian;

    /// <summary>How many calls of the application wait for an answer.</summary>
    internal int PendingCalls => _replies.Count;

    internal bool HasSubstreamHandler => SubstreamOpened is not null;

    /// <summary>Starts a node on this machine's network.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="KillaBeezException">A native library is missing, or no UDP socket could be opened.</exception>
    public static Task<SwarmNode> StartAsync(SwarmOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(options, system: null, cancellationToken);
    }

    /// <summary>Starts a node inside an actor system that the application runs; there is one node per system.</summary>
    /// <param name="system">Stays the application's: the node stops only its own actors.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static Task<SwarmNode> StartAsync(ActorSystem system, SwarmOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(options, system, cancellationToken);
    }

    /// <summary>
    /// Calls a node by its public key, through a signal exchange or any peer already connected, and waits until
    /// its session has begun. A node that is connected already is returned at once.
    /// </summary>
    /// <param name="id">The node's key.</param>
    /// <param name="cancellationToken">Gives up waiting; the call itself goes on.</param>
    /// <exception cref="ArgumentException">The key is this node's own.</exception>
    /// <exception cref="KillaBeezException">Nobody knows the key, nobody answered in time, or no path was found.</exception>
    public Task<Peer> CallAsync(PeerId id, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (id == Id)
        {
            throw new ArgumentException("A node cannot call itself.", nameof(id));
        }

        var reply = new PendingReply<Peer>(_replies, cancellationToken);
        _guardian.Tell(new SwarmGuardian.CallPeer(id, reply), ActorRefs.NoSender);
        return reply.Task;
    }

    /// <summary>
    /// Takes leave of every peer and stops. Peers notice at once; substreams end. What was written to a
    /// substream and not yet sent is lost: close peers first where that matters.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // In a simulation everything goes on inside of it, and its own clock bounds the stop.
        var inSimulation = _environment.DispatchEventsInline;
        var stopped = new PendingReply<bool>(_replies, CancellationToken.None);
        _guardian.Tell(new SwarmGuardian.Stop(stopped), ActorRefs.NoSender);
        Task limited = inSimulation ? stopped.Task : Task.WhenAny(stopped.Task, Task.Delay(_stopLimit));
        await limited.ConfigureAwait(inSimulation);
        _replies.End(KillaBeezError.Closed, "The node was stopped.");
        if (_ownsSystem)
        {
            await _system.Terminate().ConfigureAwait(inSimulation);
        }

        await _environment.Transport.DisposeAsync().ConfigureAwait(inSimulation);
        await _events.DisposeAsync().ConfigureAwait(inSimulation);
        _ownedKeyPair?.Dispose();
    }

    /// <summary>Starts a node in an environment made by the caller, such as a simulated network.</summary>
    /// <summary>
    /// Replaces the STUN and TURN servers, also to renew credentials that end. What is reached at a server that stays
    /// goes on.
    /// </summary>
    /// <param name="servers">All of them.</param>
    /// <exception cref="ArgumentException">A URL cannot be understood, or a TURN server lacks credentials.</exception>
    public void SetIceServers(IReadOnlyList<IceServer> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        _environment.Transport.SetIceServers(servers);
    }

    internal static SwarmNode Start(SwarmEnvironment environment, ActorSystem system)
    {
        environment.Options.Validate();
        return new SwarmNode(environment, system, ownsSystem: false, ownedKeyPair: null);
    }

    internal void Raise(SwarmEvent e)
    {
        switch (e)
        {
            case PeerConnectedEvent connected:
                Guard(() => PeerConnected?.Invoke(this, new PeerEventArgs(connected.Peer, null)));
                break;
            case PeerDisconnectedEvent disconnected:
                Guard(() => PeerDisconnected?.Invoke(this, new PeerEventArgs(disconnected.Peer, disconnected.Reason)));
                break;
            default:
                break;
        }
    }

    /// <summary>Runs the handlers; returns what one of them threw.</summary>
    internal Exception? RaiseSubstreamOpened(SubstreamOpenedEventArgs args) => Guard(() => SubstreamOpened?.Invoke(this, args));

    private static async Task<SwarmNode> StartAsync(SwarmOptions options, ActorSystem? system, CancellationToken cancellationToken)
    {
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        SodiumLibrary.EnsureLoaded();
        var owned = options.KeyPair is null ? KeyPair.Generate() : null;
        try
        {
            // Certificates and sockets are made off the caller's thread.
            var transport = await Task.Run(() => WebRtcLinkTransport.Start(options), cancellationToken).ConfigureAwait(false);
            var environment = new SwarmEnvironment
            {
                Identity = options.KeyPair ?? owned!,
                Options = options,
                Transport = transport,
                Exchanges = new WebSocketExchangeConnector(),
                Random = SystemRandomSource.Instance,
            };
            return new SwarmNode(environment, system ?? ActorSystem.Create("killabeez", _ownSystemConfig), system is null, owned);
        }
        catch
        {
            owned?.Dispose();
            throw;
        }
    }

    /// <summary>An application's handler that throws must not end the node; the failure is the application's own.</summary>
    private static Exception? Guard(Action handlers)
    {
        try
        {
            handlers();
            return null;
        }
#pragma warning disable CA1031 // Whatever a handler throws, the swarm goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            System.Diagnostics.Trace.TraceError($"A KillaBeez event handler failed: {e}");
            return e;
        }
    }
}
