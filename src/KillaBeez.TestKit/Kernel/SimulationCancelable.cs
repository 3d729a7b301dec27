namespace KillaBeez.TestKit.Kernel;

/// <summary>Calls off a timer that was set by <see cref="Simulation.Schedule"/> or through its time provider.</summary>
internal sealed class SimulationCancelable(SimulationKernel kernel) : ICancelable
{
    private CancellationTokenSource? _source;

    public bool IsCancellationRequested { get; private set; }

    public CancellationToken Token
    {
        get
        {
            _source ??= new CancellationTokenSource();
            if (IsCancellationRequested)
            {
                _source.Cancel();
            }

            return _source.Token;
        }
    }

    public void Cancel()
    {
        IsCancellationRequested = true;
        _source?.Cancel();
    }

    public void Cancel(bool throwOnFirstException)
    {
        IsCancellationRequested = true;
        _source?.Cancel(throwOnFirstException);
    }

    public void CancelAfter(TimeSpan delay) => kernel.Add(SimulationTimer.Run(Cancel, cancelable: null), delay);

    public void CancelAfter(int millisecondsDelay) => CancelAfter(TimeSpan.FromMilliseconds(millisecondsDelay));
}
