using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace KillaBeez.Hosting;

/// <summary>
/// The swarm node of a Generic Host: started with the host, stopped with it. Ask for it by injection.
/// </summary>
public sealed class SwarmHost : IHostedService, IAsyncDisposable
{
    private readonly IOptions<SwarmHostOptions> _options;
    private readonly TaskCompletionSource<SwarmNode> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KeyPair? _keyPair;
    private SwarmNode? _node;

    /// <summary>Used by the container.</summary>
    public SwarmHost(IOptions<SwarmHostOptions> options) => _options = options;

    /// <summary>The node, once it runs.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet, or has stopped it.</exception>
    public SwarmNode Node => _node ?? throw new InvalidOperationException("The swarm node runs while the host runs: await StartedAsync() first.");

    /// <summary>Whether the node runs.</summary>
    public bool IsRunning => _node is not null;

    /// <summary>Waits until the node runs.</summary>
    public Task<SwarmNode> StartedAsync(CancellationToken cancellationToken = default) => _started.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = _options.Value;
        _keyPair = options.KeyFile is { } file ? LoadOrCreate(file) : null;
        try
        {
            _node = await SwarmNode.StartAsync(options.ToSwarmOptions(_keyPair), cancellationToken).ConfigureAwait(false);
            _started.TrySetResult(_node);
        }
        catch (Exception e)
        {
            _started.TrySetException(e);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _started.TrySetCanceled(CancellationToken.None);
        if (Interlocked.Exchange(ref _node, null) is { } node)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _keyPair?.Dispose();
    }

    private static KeyPair LoadOrCreate(string file)
    {
        if (File.Exists(file))
        {
            return KeyFile.Load(file);
        }

        var pair = KeyPair.Generate();
        KeyFile.Save(file, pair);
        return pair;
    }
}
