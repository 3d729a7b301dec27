namespace KillaBeez.Streams;

/// <summary>
/// Decides who ends an asynchronous operation of a stage: the stage, while it lives; otherwise whoever completes the
/// operation. So nothing that completes late is lost, and nothing is given back while it is in use.
/// </summary>
/// <param name="deliver">Tells the stage, from any thread, that the operation is completed.</param>
/// <param name="discard">Ends what the operation was for. Called once, by whoever is the last to hold it.</param>
internal sealed class Handover(Action deliver, Action discard)
{
    private const int Idle = 0;
    private const int Pending = 1;
    private const int Completed = 2;
    private const int Abandoned = 3;

    private int _state;

    /// <summary>Whether an operation has begun and its result was not taken.</summary>
    public bool IsOutstanding => Volatile.Read(ref _state) is Pending or Completed;

    /// <summary>The stage begins an operation.</summary>
    public void Begin() => Volatile.Write(ref _state, Pending);

    /// <summary>The operation is completed. Called by whoever completes it.</summary>
    public void Complete()
    {
        if (Interlocked.CompareExchange(ref _state, Completed, Pending) == Pending)
        {
            deliver();
        }
        else
        {
            discard();
        }
    }

    /// <summary>The stage takes the result of a completed operation.</summary>
    /// <returns>False where the stage has abandoned it meanwhile.</returns>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Idle, Completed) == Completed;

    /// <summary>The stage will not come back.</summary>
    /// <returns>Whether an operation is under way that should be hurried up; it is discarded when it completes.</returns>
    public bool Abandon()
    {
        switch (Interlocked.Exchange(ref _state, Abandoned))
        {
            case Pending:
                return true;
            case Abandoned:
                return false;
            default:
                discard();
                return false;
        }
    }
}
