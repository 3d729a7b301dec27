namespace KillaBeez.Actors.Nodes;

/// <summary>
/// What an application awaits from an actor. The task is handed out as it is, so that the application's own
/// await decides where it goes on: in a simulation that is the simulation.
/// </summary>
internal sealed class PendingReply<T> : TaskCompletionSource<T>
{
    public PendingReply(CancellationToken cancellationToken)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        if (cancellationToken.CanBeCanceled)
        {
            var registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingReply<T>)state!).TrySetCanceled(token), this);
            _ = Task.ContinueWith(
                static (_, state) => ((CancellationTokenRegistration)state!).Dispose(),
                registration,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
