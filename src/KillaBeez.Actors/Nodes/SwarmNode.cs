using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Transport;
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

    private readonly SwarmEnvironment _environment;
    private readonly NodeIdentity? _identity;
    private readonly SwarmEventHub _events;
    private readonly IActorRef _guardian;
    private readonly Func<Task> _release;
    private readonly PeerDirectory _peers = new();
    private readonly ReplyScope _replies;
    private readonly TaskCompletionSource _guardianEnded;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;
    private int _isEnding;

    /// <param name="environment">What the actors take from outside; the node disposes its transport.</param>
    /// <param name="guardian">The top of the node's actors, which waits to begin.</param>
    /// <param name="identity">Disposed with the node; null where the key is somebody else's.</param>
    /// <param name="release">Gives the node's name back, once it is stopped.</param>
    internal SwarmNode(SwarmEnvironment environment, IActorRef guardian, NodeIdentity? identity, Func<Task> release)
    {
        _environment = environment;
        _guardian = guardian;
        _identity = identity;
        _release = release;
        _replies = new ReplyScope(environment.DispatchEventsInline);
        _events = new SwarmEventHub(this, environment.DispatchEventsInline, environment.ApplicationContext);
        _guardianEnded = new TaskCompletionSource(environment.DispatchEventsInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        CallJudge = new CallJudge(environment.DispatchEventsInline, environment.ApplicationContext);
        Parts = new NodeParts(this, environment, _events, _peers);
        var events = _events;
        environment.Transport.ReportServerFailures((server, reason) => events.Publish(new IceServerFailedEvent(server, reason)));
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

    /// <summary>
    /// Asked whether somebody who has no session here may have a link, before anything is made for it and before it learns
    /// an address; null, as by default: whoever there is room for. Whom this node calls itself it is not asked about. No
    /// answer within five seconds, and whatever it throws, is a refusal. It runs on the thread pool, also several times at
    /// once.
    /// </summary>
    public Func<IncomingCall, CancellationToken, Task<CallAdmission>>? Admission
    {
        get => CallJudge.Handler;
        set => CallJudge.Handler = value;
    }

    /// <summary>This node's public key.</summary>
    public PeerId Id => _environment.Identity.Id;

    /// <summary>The peers with a session, as they are now.</summary>
    public IReadOnlyCollection<Peer> Peers => _peers.Connected;

    /// <summary>
    /// What is the case when the enumeration begins (exchanges, connected peers) and everything that happens from
    /// then on. Each enumeration has a bounded queue: a reader that does not keep up loses the oldest events.
    /// </summary>
    public IAsyncEnumerable<SwarmEvent> Events => _events.ReadAllAsync();

    /// <summary>
    /// Done when the node has stopped, by <see cref="DisposeAsync"/> or because its actor system or its top actor ended.
    /// Whatever waited for the node has failed by then.
    /// </summary>
    public Task WhenStopped => _stopped.Task;

    /// <summary>The top of the node's actors.</summary>
    internal IActorRef Guardian => _guardian;

    /// <summary>What the guardian needs of this node.</summary>
    internal NodeParts Parts { get; }

    /// <summary>Who asks the application about those who want a link.</summary>
    internal CallJudge CallJudge { get; }

    /// <summary>Whether the application's code runs where it is called, as in a simulation.</summary>
    internal bool RunsInline => _environment.DispatchEventsInline;

    /// <summary>How it behaves.</summary>
    internal SwarmOptions Options => _environment.Options;

    /// <summary>Where the actor protocol and the streams hear of events and of substreams by their type.</summary>
    internal SwarmEventHub EventHub => _events;

    /// <summary>How many calls of the application wait for an answer.</summary>
    internal int PendingCalls => _replies.Count;

    internal bool HasSubstreamHandler => SubstreamOpened is not null;

    /// <summary>Starts a node on this machine's network, in an actor system of its own that says nothing on the console.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up starting; nothing is left then.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="KillaBeezException">A native library is missing, the key file is damaged, or no UDP socket could be opened.</exception>
    public static Task<SwarmNode> StartAsync(SwarmOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(options, exchanges: null, cancellationToken);
    }

    /// <summary>As above, with another way to exchanges than WebSockets, or null for those.</summary>
    internal static async Task<SwarmNode> StartAsync(SwarmOptions options, IExchangeConnector? exchanges, CancellationToken cancellationToken)
    {
        options.Validate();
        var system = OwnSystem.Create(exchanges is null ? null : new ExchangeConnectorSetup(exchanges));
        try
        {
            var registry = NodeRegistry.Of(system);
            registry.OwnsSystem = true;
            return await registry.Start(name: null, options, cancellationToken).Started.ConfigureAwait(false);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Starts a node inside an actor system that the application runs, as <see cref="KillaBeezSwarm"/> does from the
    /// system's HOCON. There is one node without a name in a system.
    /// </summary>
    /// <param name="system">Stays the application's: the node stops only its own actors. When it ends, the node does.</param>
    /// <param name="options">How it behaves; the system's HOCON is not asked.</param>
    /// <param name="cancellationToken">Gives up starting; nothing is left then.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A node without a name runs in the system, or the system has ended.</exception>
    /// <exception cref="KillaBeezException">A native library is missing, the key file is damaged, or no UDP socket could be opened.</exception>
    public static Task<SwarmNode> StartAsync(ActorSystem system, SwarmOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        return NodeRegistry.Of(system).Start(name: null, options, cancellationToken).Started;
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
        _guardian.Tell(new GuardianMessages.CallPeer(id, reply), ActorRefs.NoSender);
        return reply.Task;
    }

    /// <summary>
    /// Takes leave of every peer and stops. Peers notice at once; substreams end. What was written to a
    /// substream and not yet sent is lost: close peers first where that matters.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            // In a simulation everything goes on inside of it, and its own clock bounds the stop.
            var inSimulation = _environment.DispatchEventsInline;
            _guardian.Tell(GuardianMessages.Stop.Instance, ActorRefs.NoSender);
            Task limited = inSimulation ? _guardianEnded.Task : Task.WhenAny(_guardianEnded.Task, Task.Delay(_stopLimit));
            await limited.ConfigureAwait(inSimulation);
            await EndAsync("The node was stopped.").ConfigureAwait(inSimulation);
        }

        await WhenStopped.ConfigureAwait(_environment.DispatchEventsInline);
    }

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

    /// <summary>
    /// The guardian and everything below has ended: because the node stops, because the actor system ends, or because
    /// somebody stopped it. Called on an actor's thread, once.
    /// </summary>
    internal void OnGuardianEnded()
    {
        var wasAsked = Volatile.Read(ref _disposed) != 0;
        _replies.End(KillaBeezError.Closed, wasAsked ? "The node was stopped." : "The node has ended: its actor system ended, or somebody stopped its actor.");
        _guardianEnded.TrySetResult();
        if (!wasAsked)
        {
            _ = EndAsync("The node has ended.");
        }
    }

    /// <summary>Runs the handlers; returns what one of them threw.</summary>
    internal Exception? Raise(SwarmEvent e) => e switch
    {
        PeerConnectedEvent connected => Guard(() => PeerConnected?.Invoke(this, new PeerEventArgs(connected.Peer, null))),
        PeerDisconnectedEvent disconnected => Guard(() => PeerDisconnected?.Invoke(this, new PeerEventArgs(disconnected.Peer, disconnected.Reason))),
        _ => null,
    };

    /// <summary>Runs the handlers; returns what one of them threw.</summary>
    internal Exception? RaiseSubstreamOpened(SubstreamOpenedEventArgs args) => Guard(() => SubstreamOpened?.Invoke(this, args));

    /// <summary>Gives back what the node holds. Only the first call does something.</summary>
    private async Task EndAsync(string reason)
    {
        if (Interlocked.Exchange(ref _isEnding, 1) != 0)
        {
            return;
        }

        var inSimulation = _environment.DispatchEventsInline;
        try
        {
            _replies.End(KillaBeezError.Closed, reason);
            await _environment.Transport.DisposeAsync().ConfigureAwait(inSimulation);
            await _events.DisposeAsync().ConfigureAwait(inSimulation);
            _identity?.Dispose();
            await _release().ConfigureAwait(inSimulation);
        }
        finally
        {
            _stopped.TrySetResult();
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
