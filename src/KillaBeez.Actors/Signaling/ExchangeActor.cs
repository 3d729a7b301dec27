using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;

namespace KillaBeez.Actors.Signaling;

/// <summary>
/// One signal exchange: keeps a connection to it, subscribes with the node's key, and connects again with growing
/// pauses when it is lost.
/// </summary>
internal sealed class ExchangeActor : ReceiveActor, IWithTimers
{
    private sealed record Opened(int Generation) : ILateMessage;

    private sealed record Message(int Generation, byte[] Utf8) : ILateMessage;

    private sealed record Closed(int Generation, string Reason) : ILateMessage;

    private sealed record Tick : ILateMessage
    {
        public static readonly Tick Instance = new();
    }

    private sealed record Reconnect : ILateMessage
    {
        public static readonly Reconnect Instance = new();
    }

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    private readonly SwarmEnvironment _environment;
    private readonly int _index;
    private readonly Uri _uri;
    private readonly IActorRef _owner;

    private ExchangeClientEngine? _engine;
    private IExchangeConnection? _connection;
    private int _generation;
    private int _failures;
    private bool _isReady;
    private Instant _armed = Instant.Never;

    public ExchangeActor(SwarmEnvironment environment, int index, IActorRef owner)
    {
        _owner = owner;
        _environment = environment;
        _index = index;
        _uri = environment.Options.Exchanges[index];

        Receive<Opened>(m => IfCurrent(m.Generation, OnOpened));
        Receive<Message>(m => IfCurrent(m.Generation, now => _engine?.HandleMessage(now, m.Utf8)));
        Receive<Closed>(m => IfCurrent(m.Generation, _ => Lose(m.Reason)));
        Receive<ExchangeMessages.Send>(m =>
        {
            var now = Now;
            if (_engine is null || !_engine.Send(m.Signal))
            {
                _owner.Tell(new ExchangeMessages.Rejected(_index, m.Signal.Id, CallFailure.NoRoute, $"{_uri} is not connected"));
            }

            Turn(now);
        });
        Receive<Tick>(_ =>
        {
            var now = Now;
            _armed = Instant.Never;
            _engine?.HandleTimeout(now);
            Turn(now);
        });
        Receive<Reconnect>(_ => Connect());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    protected override void PreStart() => Connect();

    protected override void PostStop()
    {
        _generation++;
        _connection?.Close();
        if (_isReady)
        {
            _owner.Tell(new ExchangeMessages.State(_index, false, "its actor stopped"));
        }
    }

    private void Connect()
    {
        _generation++;
        _connection = _environment.Exchanges.Connect(_uri, new Observer(Self, _generation));
    }

    private void OnOpened(Instant now) =>
        _engine = new ExchangeClientEngine(now, _environment.Identity, ExchangeServerName.FromUri(_uri));

    private void IfCurrent(int generation, Action<Instant> handle)
    {
        if (generation == _generation)
        {
            var now = Now;
            handle(now);
            Turn(now);
        }
    }

    private void Lose(string reason)
    {
        _connection?.Close();
        _connection = null;
        _engine = null;
        _isReady = false;
        _generation++;
        _owner.Tell(new ExchangeMessages.State(_index, false, reason));

        // A random part keeps the nodes of a restarted exchange from coming back all at once.
        var pause = Math.Min(_firstPause.TotalSeconds * Math.Pow(2, _failures), _longestPause.TotalSeconds);
        _failures = Math.Min(_failures + 1, 16);
        Timers.StartSingleTimer(nameof(Reconnect), Reconnect.Instance, TimeSpan.FromSeconds(pause * (0.5 + _environment.Random.NextDouble())));
    }

    private void Turn(Instant now)
    {
        while (_engine is not null && _engine.TryPollTransmit(out var message))
        {
            _connection!.Send(message);
        }

        while (_engine is not null && _engine.TryPollEvent(out var e))
        {
            switch (e)
            {
                case ExchangeClientEvent.Ready:
                    _failures = 0;
                    _isReady = true;
                    _owner.Tell(new ExchangeMessages.State(_index, true, null));
                    break;
                case ExchangeClientEvent.SignalReceived received:
                    _owner.Tell(new ExchangeMessages.Received(_index, received.Signal));
                    break;
                case ExchangeClientEvent.SignalRejected rejected:
                    _owner.Tell(new ExchangeMessages.Rejected(
                        _index,
                        rejected.Id,
                        rejected.Code == ExchangeErrorCode.UnknownKey ? CallFailure.PeerUnknown : CallFailure.NoRoute,
                        $"{_uri}: {rejected.Text}"));
                    break;
                case ExchangeClientEvent.Failed failed:
                    Lose(failed.Text);
                    break;
                default:
                    break;
            }
        }

        if (_engine is not null && _engine.NextTimeout is var next && next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    }

    private sealed class Observer(IActorRef actor, int generation) : IExchangeObserver
    {
        public void OnOpened() => actor.Tell(new Opened(generation), ActorRefs.NoSender);

        public void OnMessage(byte[] utf8Message) => actor.Tell(new Message(generation, utf8Message), ActorRefs.NoSender);

        public void OnClosed(string reason) => actor.Tell(new Closed(generation, reason), ActorRefs.NoSender);
    }
}
