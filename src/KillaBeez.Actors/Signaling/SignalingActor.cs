using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;

namespace KillaBeez.Actors.Signaling;

/// <summary>The parent of the exchanges' actors; one that fails is restarted with growing pauses, for ever.</summary>
internal sealed class SignalingActor : ReceiveActor
{
    private const double JitterFactor = 0.2;

    /// <summary>The default decider would give up an exchange whose first connection throws, or that was killed.</summary>
    private static readonly OneForOneStrategy _always = new(_ => Directive.Restart);
    private static readonly TimeSpan _minBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _maxBackoff = TimeSpan.FromSeconds(60);

    private readonly List<IActorRef> _exchanges = [];

    public SignalingActor(SwarmEnvironment environment)
    {
        for (var i = 0; i < environment.Options.Exchanges.Count; i++)
        {
            var index = i;
            var guardian = Context.Parent;
            var props = SwarmProps.Of(() => new ExchangeActor(environment, index, guardian));
            _exchanges.Add(Context.ActorOf(
                BackoffSupervisor.Props(Backoff.OnFailure(props, "connection", _minBackoff, _maxBackoff, JitterFactor, -1).WithSupervisorStrategy(_always)),
                $"exchange-{index}"));
        }

        Receive<ExchangeMessages.ToExchange>(m => _exchanges[m.Index].Forward(m.Message));
    }
}
