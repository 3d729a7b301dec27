using System.Runtime.CompilerServices;
using System.Threading.Channels;
using KillaBeez.Actors.Substreams;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// Brings what happens from the actors to the application's handlers: in order, one at a time, and on a thread
/// of its own choosing, so that a slow handler holds up no actor.
/// </summary>
internal sealed class SwarmEventHub : IAsyncDisposable
{
    private const int MaxQueuedEvents = 16 * 1024;
    private const int MaxQueuedPerReader = 4 * 1024;

    private readonly SwarmNode _node;
    private readonly Channel<Action>? _queue;
    private readonly Task _loop;
    private readonly Lock _readersLock = new();
    private readonly List<Channel<SwarmEvent>> _readers = [];
    private readonly Dictionary<Uri, ExchangeStateEvent> _exchanges = [];
    private readonly Dictionary<Peer, PeerConnectedEvent> _peers = [];
    private readonly Dictionary<string, IceServerFailedEvent> _failedServers = [];
    private readonly SynchronizationContext? _applicationContext;
    private long _dropped;
    private bool _isClosed;

    public SwarmEventHub(SwarmNode node, bool inline, SynchronizationContext? applicationContext = null)
    {
        _applicationContext = applicationContext;
        _node = node;
        _queue = inline ? null : Channel.CreateBounded<Action>(new BoundedChannelOptions(MaxQueuedEvents) { SingleReader = true });
        _loop = _queue is null ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Events that were dropped because the application's handlers or readers are too slow.</summary>
    public long DroppedEvents => Interlocked.Read(ref _dropped);

    /// <summary>Whether anybody could take a substream that a peer opens.</summary>
    public bool HasSubstreamTaker
    {
        get
        {
            lock (_readersLock)
            {
                return _readers.Count > 0 || _node.HasSubstreamHandler;
            }
        }
    }

    public void Publish(SwarmEvent e) => Enqueue(() =>
    {
        _node.Raise(e);
        WriteToReaders(e);
    });

    /// <summary>Asks the application whether it takes a substream; the answer is a refusal, or null for yes.</summary>
    public void Offer(Substream substream, Action<(uint Code, string Reason)?> answer)
    {
        var queued = Enqueue(() =>
        {
            if (!HasSubstreamTaker)
            {
                answer((SubstreamRefusals.NoTaker, "nobody here takes substreams"));
                return;
            }

            var args = new SubstreamOpenedEventArgs(substream);
            var failure = _node.RaiseSubstreamOpened(args);
            if (failure is not null)
            {
                answer((SubstreamRefusals.HandlerFailed, "the handler failed"));
                return;
            }

            answer(args.Refusal);
            if (args.Refusal is null)
            {
                WriteToReaders(new SubstreamOpenedEvent(substream));
            }
        });
        if (!queued)
        {
            answer((SubstreamRefusals.Busy, "too many events wait to be handled"));
        }
    }

    public async IAsyncEnumerable<SwarmEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<SwarmEvent>(
            new BoundedChannelOptions(MaxQueuedPerReader) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            _ => Interlocked.Increment(ref _dropped));
        lock (_readersLock)
        {
            if (_isClosed)
            {
                yield break;
            }

            // A reader begins with the state of now, so that nothing that happened before it came is lost to it.
            foreach (var state in _exchanges.Values.Concat<SwarmEvent>(_failedServers.Values).Concat(_peers.Values))
            {
                channel.Writer.TryWrite(state);
            }

            _readers.Add(channel);
        }

        try
        {
            // The channel's own enumeration would leave a simulation's thread.
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(continueOnCapturedContext: _queue is null))
            {
                while (channel.Reader.TryRead(out var e))
                {
                    yield return e;
                }
            }
        }
        finally
        {
            lock (_readersLock)
            {
                _readers.Remove(channel);
            }
        }
    }

    /// <summary>Handlers that are queued still run; readers end after what they have.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue?.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        lock (_readersLock)
        {
            _isClosed = true;
            foreach (var reader in _readers)
            {
                reader.Writer.TryComplete();
            }
        }
    }

    private bool Enqueue(Action run)
    {
        if (_queue is null)
        {
            var context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(_applicationContext);
            try
            {
                run();
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(context);
            }

            return true;
        }

        if (_queue.Writer.TryWrite(run))
        {
            return true;
        }

        Interlocked.Increment(ref _dropped);
        return false;
    }

    private async Task RunAsync()
    {
        await foreach (var run in _queue!.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            run();
        }
    }

    private void WriteToReaders(SwarmEvent e)
    {
        lock (_readersLock)
        {
            Remember(e);
            foreach (var reader in _readers)
            {
                reader.Writer.TryWrite(e);
            }
        }
    }

    private void Remember(SwarmEvent e)
    {
        switch (e)
        {
            case ExchangeStateEvent state:
                _exchanges[state.Exchange] = state;
                break;
            case IceServerFailedEvent failed:
                _failedServers[failed.Server] = failed;
                break;
            case PeerConnectedEvent connected:
                _peers[connected.Peer] = connected;
                break;
            case PeerDisconnectedEvent disconnected:
                _peers.Remove(disconnected.Peer);
                break;
            default:
                break;
        }
    }
}
