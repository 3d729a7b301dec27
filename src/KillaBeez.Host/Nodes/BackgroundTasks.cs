namespace KillaBeez.Cli.Nodes;

/// <summary>
/// Work that runs beside its owner and never outlives it: <see cref="DisposeAsync"/> cancels all of it and waits.
/// </summary>
internal sealed class BackgroundTasks : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();
    private bool _stopped;

    /// <summary>Cancelled when the owner stops.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Starts <paramref name="work"/>, which handles its own errors; does nothing once stopped.</summary>
    public void Start(Func<CancellationToken, Task> work)
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            var task = RunAsync(work);
            _running.Add(task);
            _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            running = [.. _running];
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        await Task.Yield();
        try
        {
            await work(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The owner stopped; that is how this work ends.
        }
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _running.Remove(task);
        }
    }
}
