using Akka.Actor.Setup;
using Akka.Configuration;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Transport;
using Xunit;
using Xunit.Abstractions;

namespace KillaBeez.TestKit.Xunit2;

/// <summary>
/// A test of actors beside a real node of the swarm, in real time: Akka.NET's own TestKit (ExpectMsg, probes, event
/// filters) whose actor system <c>Sys</c> has a node, and as many further nodes as the test starts. They find each other
/// through an exchange in the process and connect by WebRTC over this machine's network. Everything ends with the test.
/// </summary>
/// <remarks>
/// Where nothing needs real threads and sockets, SwarmSimulationTest of KillaBeez.TestKit is faster and repeats. Here limits
/// are real time: raise <c>akka.test.single-expect-default</c>, since a busy machine takes longer than Akka.NET's three
/// seconds. The console stays silent; what is logged goes to the output that the constructor is given.
/// </remarks>
/// <example>
/// <code>
/// public sealed class LobbyTests(ITestOutputHelper output) : SwarmTestKit("akka.test.single-expect-default = 60s", output)
/// {
///     [Fact]
///     public async Task Caller_IsGreeted()
///     {
///         Sys.ActorOf(Props.Create(() => new Lobby(Swarm, TestActor)));
///         var peer = await StartPeerAsync();
///         await peer.CallAsync(Node.Id);
///         ExpectMsg&lt;Greeted&gt;();
///     }
/// }
/// </code>
/// </example>
public abstract class SwarmTestKit : Akka.TestKit.Xunit2.TestKit, IAsyncLifetime
{
    /// <summary>Below what the test says. The process's end is none of a test's business.</summary>
    private static readonly Config _defaults = ConfigurationFactory.ParseString($"""
        akka.stdout-logger-class = "{typeof(SilentLogger).FullName}, {typeof(SilentLogger).Assembly.GetName().Name}"
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """);

    /// <summary>A hundred times and more what it takes; nobody waits for ever where something is wrong.</summary>
    private static readonly TimeSpan _readyLimit = TimeSpan.FromMinutes(2);

    private readonly InProcessExchange _exchange;
    private readonly Lock _lock = new();
    private readonly List<SwarmNode> _peers = [];
    private Task? _end;

    /// <summary>Makes the actor system and its test actor. The node starts before the test, or when it is first asked for.</summary>
    /// <param name="hocon">Settings for the actor system, those of the node among them (<c>killabeez { ... }</c>); null for none.</param>
    /// <param name="output">Where log messages go; null for nowhere.</param>
    protected SwarmTestKit(string? hocon = null, ITestOutputHelper? output = null)
        : this(new InProcessExchange(), hocon, output)
    {
    }

    private SwarmTestKit(InProcessExchange exchange, string? hocon, ITestOutputHelper? output)
        : base(SetupOf(exchange, hocon), actorSystemName: null, output) => _exchange = exchange;

    /// <summary>The node in the test's own actor system.</summary>
    /// <exception cref="InvalidOperationException">It does not run: not yet, in a constructor, or no more.</exception>
    public SwarmNode Node => KillaBeezSwarm.Get(Sys).Node;

    /// <summary>
    /// The top of that node's actors, which takes the commands of KillaBeez.Messages. In a constructor too: what it is told
    /// there waits for the node.
    /// </summary>
    public IActorRef Swarm => KillaBeezSwarm.Get(Sys).Guardian;

    /// <summary>
    /// Starts a further node, in an actor system of its own, and waits until it can be called by its key. It ends with the
    /// test, or before when the test disposes it.
    /// </summary>
    /// <param name="configure">Changes its options; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up starting; nothing is left then.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The test is over.</exception>
    public async Task<SwarmNode> StartPeerAsync(Action<SwarmOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new SwarmOptions { Exchanges = [_exchange.Uri] };
        configure?.Invoke(options);
        var peer = await SwarmNode.StartAsync(options, _exchange, cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(!TryKeep(peer), this);
            await UntilReadyAsync(peer, cancellationToken).ConfigureAwait(false);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the node, before the test runs: then it can be called by its key. Whoever overrides it calls it.</summary>
    public virtual async Task InitializeAsync() =>
        await UntilReadyAsync(await KillaBeezSwarm.Get(Sys).Started.ConfigureAwait(false), CancellationToken.None).ConfigureAwait(false);

    /// <summary>Ends the nodes and their exchange, when the test has run; the actor system follows. Whoever overrides it calls it.</summary>
    public virtual Task DisposeAsync() => EndAsync();

    /// <inheritdoc/>
    /// <remarks>Where <see cref="InitializeAsync"/> failed, nobody has ended the nodes yet.</remarks>
    protected override void AfterAll()
    {
        _ = EndAsync();
        base.AfterAll();
    }

    private static ActorSystemSetup SetupOf(InProcessExchange exchange, string? hocon) => ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(hocon is null ? _defaults : ConfigurationFactory.ParseString(hocon).WithFallback(_defaults)),
        new ExchangeConnectorSetup(exchange),
        new KillaBeezSetup(options => options.Exchanges.Add(exchange.Uri)));

    private async Task UntilReadyAsync(SwarmNode node, CancellationToken cancellationToken)
    {
        if (!node.Options.Exchanges.Contains(_exchange.Uri))
        {
            return;
        }

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(_readyLimit);
        string? reason = null;
        try
        {
            await foreach (var e in node.Events.WithCancellation(limited.Token).ConfigureAwait(false))
            {
                if (e is ExchangeStateEvent state && state.Exchange == _exchange.Uri)
                {
                    reason = state.Reason;
                    if (state.IsReady)
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The node could not be called within {_readyLimit.TotalSeconds:0} s: {reason ?? "the exchange did not answer"}.");
        }

        throw new KillaBeezException(KillaBeezError.Closed, "The node ended before it was ready.");
    }

    private bool TryKeep(SwarmNode peer)
    {
        lock (_lock)
        {
            if (_end is not null)
            {
                return false;
            }

            _peers.Add(peer);
            return true;
        }
    }

    private Task EndAsync()
    {
        lock (_lock)
        {
            return _end ??= EndNodesAsync([.. _peers]);
        }
    }

    private async Task EndNodesAsync(SwarmNode[] peers)
    {
        await Task.WhenAll(peers.Select(peer => peer.DisposeAsync().AsTask())).ConfigureAwait(false);

        // Not by the extension, which would start a node where the test has stopped it.
        if (NodeRegistry.Of(Sys).Find(name: null)?.Launch.Parts?.Node is { } node)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        await _exchange.DisposeAsync().ConfigureAwait(false);
    }
}
