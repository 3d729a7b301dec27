namespace KillaBeez.Actors.Tests.Worlds;

/// <summary>Keeps what a system's EventStream carries of one kind.</summary>
internal sealed class EventRecorder<T> : ReceiveActor
    where T : class
{
    public EventRecorder(List<T> events) => Receive<T>(events.Add);
}

/// <summary>Begins to record, inside a simulation.</summary>
internal static class EventRecorder
{
    public static void Record<T>(ActorSystem system, List<T> events)
        where T : class =>
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new EventRecorder<T>(events)), $"recorder-{typeof(T).Name}"), typeof(T));
}
