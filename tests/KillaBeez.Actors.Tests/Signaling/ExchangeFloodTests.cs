using System.Net;
using System.Net.WebSockets;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Signaling;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Actors.Transport;
using KillaBeez.Actors.Transport.WebSockets;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Actors.Tests.Signaling;

/// <summary>An exchange that says more than a node deals with is made to wait.</summary>
public sealed class ExchangeFloodTests
{
    /// <summary>What came in five seconds when it was found.</summary>
    private const int Flood = 44_060;

    private static readonly TimeSpan _beforeTheHeartbeat = TimeSpan.FromSeconds(5);

    private readonly SeededRandomSource _random = new(123);

    [Fact]
    public void FloodOfBadSignals_GuardianDoesNotTakeThem_NoMoreThanTheBoundReachIt()
    {
        using var world = new World(12);
        using var key = KeyPair.Generate(_random);
        var exchange = new FloodingExchange(new SimulatedExchangeConnector([world.Swarm.Exchange]));
        var environment = EnvironmentOf(world, key, exchange);
        var system = world.Swarm.Simulation.CreateSystem("victim");
        var guardian = new SimulatedProbe(world.Swarm.Simulation, system);
        world.Swarm.Simulation.Do(() => system.ActorOf(SwarmProps.Of(() => new ExchangeActor(environment, index: 0, guardian.Ref))));
        guardian.FishForMessage<ExchangeMessages.State>(state => state.IsReady, World.Soon);
        world.Swarm.Simulation.Do(() => exchange.Begin(BadSignal(key.Id), Flood));

        var waiting = new List<ExchangeMessages.Received>();
        for (var i = 0; i < IExchangeConnection.MaxUntakenMessages; i++)
        {
            waiting.Add(guardian.ExpectMsg<ExchangeMessages.Received>(World.Soon));
        }

        guardian.ExpectNoMsg(_beforeTheHeartbeat);

        // Each that is taken lets one more in.
        world.Swarm.Simulation.Do(() => waiting[0].From!.Taken());
        guardian.ExpectMsg<ExchangeMessages.Received>(World.Soon);
        guardian.ExpectNoMsg(_beforeTheHeartbeat);
    }

    [Fact]
    public void FloodOfBadSignals_AtANode_IsTakenAndDroppedToTheLast()
    {
        using var world = new World(13);
        var key = KeyPair.Generate(_random);
        var exchange = new FloodingExchange(new SimulatedExchangeConnector([world.Swarm.Exchange]));
        var environment = EnvironmentOf(world, key, exchange);
        var system = world.Swarm.Simulation.CreateSystem("victim");
        var node = world.Swarm.Simulation.Do(() => NodeRegistry.Of(system).Start(name: null, environment));
        world.RunFor(1);
        world.Swarm.Simulation.Do(() => exchange.Begin(BadSignal(key.Id), Flood));

        world.RunFor(1);

        SignalCounters? counters = null;
        node.Guardian.Tell(new GuardianMessages.AskCounters(answer => counters = answer), ActorRefs.NoSender);
        world.Until(() => counters is not null, "the guardian answers", World.Soon);
        Assert.Equal(Flood, counters!.Verdicts[SignalVerdict.Expired]);
        key.Dispose();
    }

    [Fact]
    public async Task WebSocket_NobodyTakesTheMessages_NoMoreThanTheBoundAreRead()
    {
        const int Messages = 2_000;
        var isSent = new TaskCompletionSource();
        await using var app = await StartAsync(async socket =>
        {
            var message = new byte[100];
            message.AsSpan().Fill((byte)' ');
            for (var i = 0; i < Messages; i++)
            {
                await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, Patience.Token);
            }

            isSent.SetResult();
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "that was all", Patience.Token);
        });
        var observer = new CountingObserver();
        var connection = new WebSocketExchangeConnection(new Uri(app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal)), observer);

        // All of them wait in the sockets' buffers before the first is taken.
        await observer.BoundReached.Task.WaitAsync(Patience.Token);
        await isSent.Task.WaitAsync(Patience.Token);
        observer.TakeFrom(connection);
        Assert.Equal("that was all", await observer.Over.Task.WaitAsync(Patience.Token));
        await connection.Completion;

        Assert.Equal(Messages, observer.Told);
        Assert.Equal(IExchangeConnection.MaxUntakenMessages, observer.MostUntaken);
    }

    private byte[] BadSignal(PeerId receiver)
    {
        using var stranger = KeyPair.Generate(_random);
        var content = new SignalContent { Kind = SignalKind.Offer, Call = SignalCallId.Generate(_random), Body = "sim-offer 999" };
        return new SignalMessage { Signal = SignalSealer.Seal(stranger, receiver, content, nowUnixMs: 0, _random) }.ToJson();
    }

    private SwarmEnvironment EnvironmentOf(World world, KeyPair key, IExchangeConnector exchange) => new()
    {
        Identity = key,
        Options = new SwarmOptions { Exchanges = { world.Swarm.Exchange.Uri } },
        Transport = new SimulatedLinkTransport(world.Network, world.Network.AddHost(key.Id)),
        Exchanges = exchange,
        Random = _random,
        ApplicationScheduler = new SimulationPipeScheduler(world.Swarm.Simulation),
        DispatchEventsInline = true,
        ApplicationContext = world.Swarm.Simulation.ApplicationContext,
    };

    private static async Task<WebApplication> StartAsync(Func<WebSocket, Task> serve)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{IPAddress.Loopback}:0");
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await serve(socket);
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>An exchange that has much to say, and says it as fast as the node's connection lets it.</summary>
    private sealed class FloodingExchange(IExchangeConnector inner) : IExchangeConnector
    {
        private IExchangeObserver? _node;
        private byte[] _message = [];
        private int _left;
        private int _untaken;

        public IExchangeConnection Connect(Uri exchange, IExchangeObserver observer)
        {
            _node = observer;
            return new Connection(this, inner.Connect(exchange, observer));
        }

        public void Begin(byte[] message, int count)
        {
            (_message, _left, _untaken) = (message, count, 0);
            Go();
        }

        private void Go()
        {
            while (_left > 0 && _untaken < IExchangeConnection.MaxUntakenMessages)
            {
                _left--;
                _untaken++;
                _node!.OnMessage(_message);
            }
        }

        private sealed class Connection(FloodingExchange exchange, IExchangeConnection connection) : IExchangeConnection
        {
            public void Send(byte[] utf8Message) => connection.Send(utf8Message);

            public void Close() => connection.Close();

            public void Taken()
            {
                connection.Taken();
                exchange._untaken = Math.Max(0, exchange._untaken - 1);
                exchange.Go();
            }
        }
    }

    private sealed class CountingObserver : IExchangeObserver
    {
        private readonly Lock _gate = new();
        private IExchangeConnection? _taking;
        private int _untaken;

        public TaskCompletionSource BoundReached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<string> Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Told { get; private set; }

        public int MostUntaken { get; private set; }

        public void OnOpened()
        {
        }

        public void OnMessage(byte[] utf8Message)
        {
            lock (_gate)
            {
                Told++;
                _untaken++;
                MostUntaken = Math.Max(MostUntaken, _untaken);
                if (_untaken == IExchangeConnection.MaxUntakenMessages)
                {
                    BoundReached.TrySetResult();
                }

                TakeAll();
            }
        }

        public void OnClosed(string reason) => Over.TrySetResult(reason);

        /// <summary>Takes what has come and will come.</summary>
        public void TakeFrom(IExchangeConnection connection)
        {
            lock (_gate)
            {
                _taking = connection;
                TakeAll();
            }
        }

        private void TakeAll()
        {
            for (; _taking is not null && _untaken > 0; _untaken--)
            {
                _taking.Taken();
            }
        }
    }
}
