namespace KillaBeez.Actors.Settings;

/// <summary>How the actors of nodes are made, and where they run.</summary>
internal static class SwarmProps
{
    /// <summary>The section in HOCON of the dispatcher that the actors of nodes run on.</summary>
    private const string Dispatcher = HoconSettings.Section + ".dispatcher";

    /// <summary>
    /// Props of an actor that a delegate makes. Akka.NET's own <c>Props.Create(() => new Actor(a, b))</c> takes an
    /// expression and compiles each argument of it at every call, which costs more than the rest of an actor's life.
    /// </summary>
    /// <param name="make">Makes the actor, also when it is restarted.</param>
    public static Props Of<TActor>(Func<TActor> make)
        where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(make)).WithDispatcher(Dispatcher);

    private sealed class Producer<TActor>(Func<TActor> make) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
        }
    }
}
