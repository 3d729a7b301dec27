namespace KillaBeez.Actors.Tests.Protocol;

/// <summary>An actor of an application that keeps what it is told.</summary>
internal sealed class Inbox
{
    private readonly List<object> _received = [];

    public Inbox(SimulatedNode node, Simulation simulation, string name = "inbox")
    {
        var received = _received;
        Ref = simulation.Do(() => node.System.ActorOf(Props.Create(() => new Recorder(received)), name));
    }

    public IActorRef Ref { get; }

    public IReadOnlyList<object> Received => _received;

    public T? Find<T>()
        where T : class => _received.OfType<T>().FirstOrDefault();

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(List<object> received) => ReceiveAny(received.Add);
    }
}
