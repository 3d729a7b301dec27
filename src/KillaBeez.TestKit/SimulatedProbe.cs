using System.Globalization;

namespace KillaBeez.TestKit;

/// <summary>
/// An actor that a test looks through: what is told to <see cref="Ref"/> waits until the test expects it. Expecting lets
/// virtual time pass, and no more of it than needed. It is what TestKit's probe is in real time; that one blocks a thread,
/// and a simulation has only one.
/// </summary>
/// <example>
/// <code>
/// using var simulation = new Simulation(seed: 7);
/// var system = simulation.CreateSystem("shop");
/// var probe = new SimulatedProbe(simulation, system);
/// probe.Send(cart, new Add("tea"));
/// Assert.Equal("tea", probe.ExpectMsg&lt;Added&gt;(TimeSpan.FromSeconds(1)).What);
/// probe.ExpectNoMsg(TimeSpan.FromHours(1));
/// </code>
/// </example>
public sealed class SimulatedProbe
{
    private readonly Simulation _simulation;
    private readonly Queue<(object Message, IActorRef Sender, TimeSpan At)> _received = new();

    /// <summary>Starts a probe.</summary>
    /// <param name="simulation">What passes the time.</param>
    /// <param name="system">Where its actor lives: a system of that simulation.</param>
    /// <param name="name">The actor's name; null for one that Akka.NET gives.</param>
    public SimulatedProbe(Simulation simulation, ActorSystem system, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        ArgumentNullException.ThrowIfNull(system);
        _simulation = simulation;
        Ref = simulation.Do(() => system.ActorOf(Props.Create(() => new Listener(this)), name));
    }

    /// <summary>The actor, to be told and watched and given as a sender.</summary>
    public IActorRef Ref { get; }

    /// <summary>Who sent what was expected last; nobody before that, and dead letters for what had no sender.</summary>
    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    /// <summary>Tells an actor something, with the probe as the sender.</summary>
    public void Send(IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        _simulation.Do(() => receiver.Tell(message, Ref));
    }

    /// <summary>Tells <see cref="LastSender"/> something.</summary>
    public void Reply(object message) => Send(LastSender, message);

    /// <summary>Lets the probe be told, as <see cref="Terminated"/>, when an actor ends.</summary>
    public void Watch(IActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        _simulation.Do(() => Ref.Tell(new WatchOrder(actor)));
        _simulation.RunReady();
    }

    /// <summary>Waits for the next message, which has to be of a type.</summary>
    /// <param name="virtualLimit">The longest virtual time to wait.</param>
    /// <exception cref="SimulatedProbeException">None came in that time, or another one did.</exception>
    public T ExpectMsg<T>(TimeSpan virtualLimit)
    {
        var begin = _simulation.Elapsed;
        if (!_simulation.RunUntil(() => _received.Count > 0, virtualLimit))
        {
            throw new SimulatedProbeException($"{Expected<T>(begin, virtualLimit)}, and nothing came.");
        }

        var (message, sender, at) = _received.Dequeue();
        LastSender = sender;
        return message is T expected
            ? expected
            : throw new SimulatedProbeException($"{Expected<T>(begin, virtualLimit)}, but what came was {Describe(message, sender, at)}.");
    }

    /// <summary>Waits for a message of a type for which something holds, and throws away what comes before it.</summary>
    /// <param name="isIt">What has to hold; null for any message of the type.</param>
    /// <param name="virtualLimit">The longest virtual time to wait.</param>
    /// <exception cref="SimulatedProbeException">None came in that time; the message says what did.</exception>
    public T FishForMessage<T>(Func<T, bool>? isIt, TimeSpan virtualLimit)
    {
        var begin = _simulation.Elapsed;
        var others = new List<string>();
        T? found = default;
        var isFound = _simulation.RunUntil(
            () =>
            {
                while (_received.TryDequeue(out var next))
                {
                    if (next.Message is T message && isIt?.Invoke(message) != false)
                    {
                        (found, LastSender) = (message, next.Sender);
                        return true;
                    }

                    others.Add(Describe(next.Message, next.Sender, next.At));
                }

                return false;
            },
            virtualLimit);
        return isFound
            ? found!
            : throw new SimulatedProbeException($"{Expected<T>(begin, virtualLimit)}; {(others.Count == 0 ? "nothing came" : "what came was " + string.Join(", ", others))}.");
    }

    /// <summary>Lets a virtual time pass in which no message may come.</summary>
    /// <param name="virtualTime">How long; zero looks at what has come and what is on its way now.</param>
    /// <exception cref="SimulatedProbeException">One came.</exception>
    public void ExpectNoMsg(TimeSpan virtualTime)
    {
        var begin = _simulation.Elapsed;
        if (_simulation.RunUntil(() => _received.Count > 0, virtualTime))
        {
            var (message, sender, at) = _received.Dequeue();
            throw new SimulatedProbeException($"Expected no message for {virtualTime} of virtual time from {begin} on, but what came was {Describe(message, sender, at)}.");
        }
    }

    private static string Expected<T>(TimeSpan begin, TimeSpan limit) => $"Expected a {typeof(T).Name} within {limit} of virtual time from {begin} on";

    private static string Describe(object message, IActorRef sender, TimeSpan at) =>
        string.Create(CultureInfo.InvariantCulture, $"a {message.GetType().Name} ({message}) from {(sender.IsNobody() ? "nobody" : sender.Path.ToStringWithAddress())} at {at}");

    private sealed record WatchOrder(IActorRef Actor);

    private sealed class Listener(SimulatedProbe probe) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is WatchOrder order)
            {
                Context.Watch(order.Actor);
            }
            else
            {
                probe._received.Enqueue((message, Sender, probe._simulation.Elapsed));
            }
        }
    }
}
