using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Actors.Signaling;

/// <summary>
/// Sends and opens the node's signals, and carries those of others: the engines decide, the exchanges' actors and the
/// peers' substreams are the ways. An exchange's actor that fails is restarted with growing pauses, for ever.
/// </summary>
internal sealed class SignalingActor : ReceiveActor, IWithTimers
{
    private sealed record Tick : ILateMessage
    {
        public static readonly Tick Instance = new();
    }

    private const double JitterFactor = 0.2;

    /// <summary>The default decider would give up an exchange whose first connection throws, or that was killed.</summary>
    private static readonly OneForOneStrategy _always = new(_ => Directive.Restart);
    private static readonly TimeSpan _minBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _maxBackoff = TimeSpan.FromSeconds(60);

    private readonly SwarmEnvironment _environment;
    private readonly ISwarmEvents _events;
    private readonly SignalGate _gate;
    private readonly SignalPost _post;
    private readonly SignalRouterEngine _router;
    private readonly List<IActorRef> _exchanges = [];

    /// <summary>Null until an exchange was tried.</summary>
    private readonly bool?[] _areReady;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Instant _armed = Instant.Never;

    /// <param name="environment">What the node takes from outside.</param>
    /// <param name="events">Who tells the application.</param>
    /// <param name="gate">Outlives a restart: what was accepted once is not accepted again.</param>
    public SignalingActor(SwarmEnvironment environment, ISwarmEvents events, SignalGate gate)
    {
        _environment = environment;
        _events = events;
        _gate = gate;
        _areReady = new bool?[environment.Options.Exchanges.Count];
        _post = new SignalPost(environment.Identity, _areReady.Length, gate, environment.Random);
        _router = new SignalRouterEngine(environment.Identity.Id, gate);
        for (var i = 0; i < _areReady.Length; i++)
        {
            var (index, owner) = (i, Self);
            var props = SwarmProps.Of(() => new ExchangeActor(environment, index, owner));
            _exchanges.Add(Context.ActorOf(
                BackoffSupervisor.Props(Backoff.OnFailure(props, "connection", _minBackoff, _maxBackoff, JitterFactor, -1).WithSupervisorStrategy(_always)),
                $"exchange-{index}"));
        }

        Handle<GuardianMessages.SendSignal>((now, m) => _post.Send(now, UnixMs, m.To, m.Content, m.Way, m.IsAwaited));
        Handle<ExchangeMessages.State>(OnExchangeState);
        Handle<ExchangeMessages.Received>((now, m) =>
        {
            try
            {
                _post.Receive(now, UnixMs, new SignalWay.Exchange(m.Index), m.Signal);
            }
            finally
            {
                m.From?.Taken();
            }
        });
        Handle<ExchangeMessages.Rejected>((now, m) => _post.Refused(now, new SignalWay.Exchange(m.Index), m.Id, m.Failure, m.Reason));
        Handle<GuardianMessages.ControlReceived>((now, m) =>
        {
            Context.Parent.Tell(m.Receipt);
            _router.HandleData(now, UnixMs, m.From, m.Message);
        });
        Handle<GossipMessages.Carriers>((now, m) => _post.SetCarriers(now, m.Target, m.Peers));
        Handle<GossipMessages.InformWanted>((_, m) => _router.Inform(m.Via, m.Target));
        Handle<SignalingMessages.PeerUp>((now, m) =>
        {
            _router.PeerConnected(m.Peer);
            _post.PeerConnected(now, m.Peer);
        });
        Handle<SignalingMessages.PeerDown>((now, m) =>
        {
            _router.PeerDisconnected(m.Peer);
            _post.PeerDisconnected(now, m.Peer);
        });
        Handle<Tick>((now, _) =>
        {
            _armed = Instant.Never;
            _post.HandleTimeout(now, UnixMs);
        });
        Receive<GuardianMessages.AskCounters>(m => m.Answer(new SignalCounters(
            Enum.GetValues<SignalVerdict>().ToDictionary(verdict => verdict, _gate.CountOf),
            Enum.GetValues<SignalOpenError>().ToDictionary(error => error, _post.CountOf))));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static long UnixMs => Context.System.Scheduler.Now.ToUnixTimeMilliseconds();

    /// <summary>Also after a restart: the engines begin without peers, and are told again who is connected.</summary>
    protected override void PreStart() => Context.Parent.Tell(SignalingMessages.Started.Instance);

    /// <summary>Every message is handled with the time of now, and the engines are turned after it.</summary>
    private void Handle<T>(Action<Instant, T> handler) => Receive<T>(message =>
    {
        var now = Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);
        handler(now, message);
        while (TurnRouter(now) | TurnPost(now))
        {
        }

        if (_post.NextTimeout is var next && next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    });

    private bool TurnPost(Instant now)
    {
        var turned = false;
        while (_post.TryPollTransmit(out var way, out var signal))
        {
            turned = true;
            if (way is SignalWay.Exchange exchange)
            {
                _exchanges[exchange.Index].Tell(new ExchangeMessages.Send(signal));
            }
            else if (way is SignalWay.Carrier carrier && !_router.Send(carrier.Peer, signal))
            {
                _post.Refused(now, way, signal.Id, CallFailure.NoRoute, $"too much waits to be sent to {carrier.Peer.ToShortString()}");
            }
        }

        while (_post.TryPollEvent(out var e))
        {
            turned = true;
            switch (e)
            {
                case SignalPostEvent.Received m: Context.Parent.Tell(new PeersMessages.SignalArrived(m.From, m.Content, m.Way)); break;
                case SignalPostEvent.Undeliverable m: TellPeer(m.To, new PeerMessages.SignalUndeliverable(m.Call, m.Failure, m.Reason)); break;
                case SignalPostEvent.Delayed m: TellPeer(m.To, new PeerMessages.SignalDelayed(m.Failure, m.Reason)); break;
                case SignalPostEvent.CarriersWanted m: Context.Parent.Tell(new GossipMessages.FindCarriers(m.To)); break;
                case SignalPostEvent.Dropped m: SwarmLog.SignalDropped(_log, m.From, m.Reason); break;
            }
        }

        return turned;
    }

    private bool TurnRouter(Instant now)
    {
        var turned = false;
        while (_router.TryPollTransmit(out var to, out var frame))
        {
            turned = true;
            TellPeer(to, new PeerMessages.SendControl(SubstreamTypes.Signal, frame));
        }

        while (_router.TryPollEvent(out var e))
        {
            turned = true;
            switch (e)
            {
                case SignalRouterEvent.SignalReceived m: _post.Open(now, new SignalWay.Carrier(m.Via), m.Signal); break;
                case SignalRouterEvent.Undeliverable m:
                    _post.Refused(
                        now,
                        new SignalWay.Carrier(m.Via),
                        m.Id,
                        m.Reason == UndeliverableReason.BadTimes ? CallFailure.ClocksDiffer : CallFailure.PeerUnknown,
                        $"{m.Via.ToShortString()} could not carry the call: {m.Reason}");
                    break;
                case SignalRouterEvent.Informed m: Context.Parent.Tell(new PeersMessages.Informed(m.About, m.Via)); break;
                case SignalRouterEvent.Violated m: TellPeer(m.Peer, new PeerMessages.BrokeProtocol(m.Reason)); break;
            }
        }

        return turned;
    }

    private static void TellPeer(PeerId peer, IInternalMessage message) => Context.Parent.Tell(new PeersMessages.ToPeer(peer, message, Create: false));

    private void OnExchangeState(Instant now, ExchangeMessages.State message)
    {
        var exchange = _environment.Options.Exchanges[message.Index];
        var was = _areReady[message.Index];
        _areReady[message.Index] = message.IsReady;
        if (!message.IsReady)
        {
            SwarmLog.ExchangeNotReady(_log, exchange, message.Reason ?? string.Empty, was);
            _post.ExchangeLost(now, message.Index, $"{exchange}: {message.Reason}");
        }
        else if (was != true)
        {
            SwarmLog.ExchangeReady(_log, exchange);
            _post.ExchangeReady(now, message.Index);
            Context.Parent.Tell(SignalingMessages.ExchangeReady.Instance);
        }

        if (message is { IsReady: true, Reason: { } clock })
        {
            SwarmLog.ExchangeClock(_log, exchange, clock);
        }

        _events.Publish(new ExchangeStateEvent(exchange, message.IsReady, message.Reason));
    }
}
