namespace KillaBeez.Hosting;

/// <summary>
/// The swarm node of a Generic Host, by <see cref="SwarmServiceCollectionExtensions.AddKillaBeez(Microsoft.Extensions.DependencyInjection.IServiceCollection, Action{SwarmOptions})"/>:
/// it starts and stops with the host. Ask for it by injection. Thread-safe.
/// </summary>
public sealed class SwarmHost : IDisposable
{
    private const string Stopped = "The host has stopped, and its swarm node with it.";

    private readonly TaskCompletionSource<SwarmNode> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasStopped;

    internal SwarmHost()
    {
    }

    /// <summary>The node, while it runs.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet, or the node has stopped.</exception>
    public SwarmNode Node => Running ?? throw new InvalidOperationException(
        _started.Task.IsCompleted ? "The swarm node runs no more." : "The swarm node runs while the host runs: await StartedAsync() first.");

    /// <summary>Whether the node runs.</summary>
    public bool IsRunning => Running is not null;

    /// <summary>The host's actor system, once it is there.</summary>
    internal ActorSystem? System { get; private set; }

    private SwarmNode? Running =>
        !_hasStopped && _started.Task is { IsCompletedSuccessfully: true, Result: { WhenStopped.IsCompleted: false } node } ? node : null;

    /// <summary>Waits until the node runs. Fails with what the node could not be started for.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidOperationException">The node has stopped.</exception>
    public async Task<SwarmNode> StartedAsync(CancellationToken cancellationToken = default)
    {
        await _started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Node;
    }

    /// <summary>For the container: a host that was never started ends too, and nobody waits for its node any more.</summary>
    void IDisposable.Dispose() => Stop();

    internal void Begin(ActorSystem system) => System = system;

    internal void Start(SwarmNode node) => _started.TrySetResult(node);

    internal void Fail(Exception failure) => _started.TrySetException(failure);

    /// <summary>Nobody gets the node from here on. Gives it, if it was started.</summary>
    internal SwarmNode? Stop()
    {
        _hasStopped = true;
        _started.TrySetException(new InvalidOperationException(Stopped));
        return _started.Task.IsCompletedSuccessfully ? _started.Task.Result : null;
    }
}
