using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;

namespace KillaBeez.Actors.Signaling;

/// <summary>
/// One signal exchange: keeps a connection to it, subscribes with the node's key, and connects again with growing
/// pauses when it is lost. The pauses begin anew only after a connection that held for a while. Where another node has
/// subscribed with the same key, this one asks again after long pauses, and gives way to the other.
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

    /// <summary>With its random part at most 12 s: a session must find the exchange again well within its resume window.</summary>
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan _firstPauseWhenSuperseded = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _longestPauseWhenSuperseded = TimeSpan.FromMinutes(5);

    /// <summary>How long a subscription must have held until the next loss is taken for the first one.</summary>
    private static readonly TimeSpan _settledAfter = TimeSpan.FromMinutes(1);

    private const int MaxUnansweredSignals = 1_024;

    private readonly SwarmEnvironment _environment;
    private readonly int _index;
    private readonly Uri _uri;
    private readonly IActorRef _owner;

    private ExchangeClientEngine? _engine;
    private IExchangeConnection? _connection;
    private int _generation;
    private readonly ExchangeInstanceId _instance;
    private readonly HashSet<SignalId> _unanswered = [];
    private readonly Queue<SignalId> _unansweredInOrder = new();

    private int _failures;
    private int _supersessions;
    private bool _isReady;
    private bool _hasHandedOn;
    private Instant _readySince;
    private Instant _armed = Instant.Never;

    public ExchangeActor(SwarmEnvironment environment, int index, IActorRef owner)
    {
        _owner = owner;
        _environment = environment;
        _index = index;
        _uri = environment.Options.Exchanges[index];
        _instance = ExchangeInstanceId.Generate(environment.Random);

        Receive<Opened>(m => IfCurrent(m.Generation, OnOpened));
        Receive<Message>(OnMessage);
        Receive<Closed>(m => IfCurrent(m.Generation, now => Lose(now, m.Reason)));
        Receive<ExchangeMessages.Send>(m =>
        {
            var now = Now;
            if (_engine is null || !_engine.Send(m.Signal))
            {
                _owner.Tell(new ExchangeMessages.Rejected(_index, m.Signal.Id, CallFailure.NoRoute, $"{_uri} is not connected"));
            }
            else
            {
                Await(m.Signal.Id);
            }

            Turn(now);
        });
        Receive<Tick>(_ =>
        {
            var now = Now;
            _armed = Instant.Never;
            _engine?.HandleTimeout(now, UnixMs);
            Turn(now);
        });
        Receive<Reconnect>(_ => Connect());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    private static long UnixMs => Context.System.Scheduler.Now.ToUnixTimeMilliseconds();

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
        _engine = new ExchangeClientEngine(
            now,
            _environment.Identity,
            ExchangeServerName.FromUri(_uri),
            limits: null,
            _instance,
            yields: _supersessions > 0);

    private void OnMessage(Message message)
    {
        var connection = _connection;
        _hasHandedOn = false;
        IfCurrent(message.Generation, now => _engine?.HandleMessage(now, UnixMs, message.Utf8));
        if (!_hasHandedOn)
        {
            connection?.Taken();
        }
    }

    /// <summary>An exchange may refuse what it was sent, once, and nothing else.</summary>
    private void Await(SignalId signal)
    {
        if (_unansweredInOrder.Count >= MaxUnansweredSignals)
        {
            _unanswered.Remove(_unansweredInOrder.Dequeue());
        }

        if (_unanswered.Add(signal))
        {
            _unansweredInOrder.Enqueue(signal);
        }
    }

    private void IfCurrent(int generation, Action<Instant> handle)
    {
        if (generation == _generation)
        {
            var now = Now;
            handle(now);
            Turn(now);
        }
    }

    private void Lose(Instant now, string reason, bool isSuperseded = false)
    {
        if (_isReady && now - _readySince >= _settledAfter)
        {
            (_failures, _supersessions) = (0, 0);
        }

        _connection?.Close();
        _connection = null;
        _engine = null;
        _isReady = false;
        _generation++;
        _owner.Tell(new ExchangeMessages.State(_index, false, reason));

        var pause = isSuperseded
            ? Pause(_firstPauseWhenSuperseded, _longestPauseWhenSuperseded, ref _supersessions)
            : Pause(_firstPause, _longestPause, ref _failures);
        Timers.StartSingleTimer(nameof(Reconnect), Reconnect.Instance, pause);
    }

    private TimeSpan Pause(TimeSpan first, TimeSpan longest, ref int losses) =>
        GrowingPause.Draw(first, longest, losses++, _environment.Random);

    private void Turn(Instant now)
    {
        while (_engine is not null && _engine.TryPollTransmit(out var message))
        {
            _connection!.Send(message);
        }

        while (_engine is not null && _engine.TryPollEvent(out var e))
        {
            Handle(now, e);
        }

        if (_engine is not null && _engine.NextTimeout is var next && next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    }

    private void Handle(Instant now, ExchangeClientEvent e)
    {
        switch (e)
        {
            case ExchangeClientEvent.Ready ready:
                _isReady = true;
                _readySince = now;
                TellReady(ready.Clock);
                break;
            case ExchangeClientEvent.ClockChanged changed:
                TellReady(changed.Clock);
                break;
            case ExchangeClientEvent.SignalReceived received:
                _hasHandedOn = true;
                _owner.Tell(new ExchangeMessages.Received(_index, received.Signal, _connection));
                break;
            case ExchangeClientEvent.SignalRejected rejected when _unanswered.Remove(rejected.Id):
                _owner.Tell(new ExchangeMessages.Rejected(
                    _index,
                    rejected.Id,
                    rejected.Code switch
                    {
                        ExchangeErrorCode.UnknownKey => CallFailure.PeerUnknown,
                        ExchangeErrorCode.Expired or ExchangeErrorCode.BadTimes => CallFailure.ClocksDiffer,
                        _ => CallFailure.NoRoute,
                    },
                    $"{_uri}: {rejected.Text.TrimEnd('.')}"));
                break;
            case ExchangeClientEvent.Failed failed:
                Lose(now, failed.Text, failed.Reason == ExchangeFailure.KeyInUseElsewhere);
                break;
            default:
                break;
        }
    }

    private void TellReady(ExchangeClock clock) =>
        _owner.Tell(new ExchangeMessages.State(_index, true, clock.Describe(ExchangeServerName.FromUri(_uri), UnixMs)));

    private sealed class Observer(IActorRef actor, int generation) : IExchangeObserver
    {
        public void OnOpened() => actor.Tell(new Opened(generation), ActorRefs.NoSender);

        public void OnMessage(byte[] utf8Message) => actor.Tell(new Message(generation, utf8Message), ActorRefs.NoSender);

        public void OnClosed(string reason) => actor.Tell(new Closed(generation, reason), ActorRefs.NoSender);
    }
}
