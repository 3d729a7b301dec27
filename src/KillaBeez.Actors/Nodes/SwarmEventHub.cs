using System.Runtime.CompilerServices;
using System.Threading.Channels;
using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// Brings what happens from the actors to the application's handlers: in order, one at a time, and on a thread
/// of its own choosing, so that a slow handler holds up no actor.
/// </summary>
internal sealed class SwarmEventHub : ISwarmEvents, IAsyncDisposable
{
    private const int MaxQueuedEvents = 16 * 1024;
    private const int MaxQueuedPerReader = 4 * 1024;

    private readonly SwarmNode _node;
    private readonly Channel<Action>? _queue;
    private readonly Task _loop;
    private readonly Lock _lock = new();
    private readonly List<Reader> _readers = [];
    private readonly List<ISwarmEventObserver> _observers = [];
    private readonly Dictionary<Uri, ExchangeStateEvent> _exchanges = [];
    private readonly Dictionary<Peer, PeerConnectedEvent> _peers = [];
    private readonly Dictionary<string, IceServerFailedEvent> _failedServers = [];
    private readonly SynchronizationContext? _applicationContext;
    private volatile ILoggingAdapter? _log;
    private long _dropped;
    private long _lastNumber;
    private bool _isClosed;

    public SwarmEventHub(SwarmNode node, bool inline, SynchronizationContext? applicationContext = null)
    {
        _applicationContext = applicationContext;
        _node = node;
        _queue = inline ? null : Channel.CreateBounded<Action>(new BoundedChannelOptions(MaxQueuedEvents) { SingleReader = true });
        _loop = _queue is null ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Says where the failures of handlers are told. Before that nothing has happened that could fail.</summary>
    public void LogTo(ILoggingAdapter log) => _log = log;

    /// <summary>Events that were dropped because the application's handlers or readers are too slow.</summary>
    public long DroppedEvents => Interlocked.Read(ref _dropped);

    /// <summary>Who takes substreams by their type, before handlers and readers are asked.</summary>
    public SubstreamListeners Listeners { get; } = new();

    /// <summary>Whether anybody could take a substream that a peer opens.</summary>
    public bool HasSubstreamTaker
    {
        get
        {
            lock (_lock)
            {
                return _readers.Count > 0 || _node.HasSubstreamHandler;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Observers, which only put events away, are told at once; handlers and readers in their turn.</remarks>
    public void Publish(SwarmEvent e)
    {
        lock (_lock)
        {
            Remember(e);
            var number = ++_lastNumber;
            foreach (var observer in _observers)
            {
                observer.OnEvent(e);
            }

            Enqueue(() =>
            {
                NoteFailure(e.GetType().Name, _node.Raise(e));
                WriteToReaders(e, number);
            });
        }
    }

    /// <inheritdoc/>
    public void Offer(Substream substream, Action<(uint Code, string Reason)?> answer)
    {
        if (Listeners.TryOffer(substream, answer))
        {
            return;
        }

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
                NoteFailure(nameof(SubstreamOpenedEvent), failure);
                answer((SubstreamRefusals.HandlerFailed, "the handler failed"));
                return;
            }

            answer(args.Refusal);
            if (args.Refusal is null)
            {
                WriteToReaders(new SubstreamOpenedEvent(substream), number: long.MaxValue);
            }
        });
        if (!queued)
        {
            answer((SubstreamRefusals.Busy, "too many events wait to be handled"));
        }
    }

    /// <summary>Tells an observer what is the case, and then what happens; nothing in between is missed.</summary>
    public void Observe(ISwarmEventObserver observer)
    {
        lock (_lock)
        {
            observer.OnState(_isClosed ? [] : [.. StateOfNow()]);
            if (_isClosed)
            {
                observer.OnEnd();
            }
            else
            {
                _observers.Add(observer);
            }
        }
    }

    /// <summary>Tells an observer no more.</summary>
    public void Forget(ISwarmEventObserver observer)
    {
        lock (_lock)
        {
            _observers.Remove(observer);
        }
    }

    public async IAsyncEnumerable<SwarmEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<SwarmEvent>(
            new BoundedChannelOptions(MaxQueuedPerReader) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            _ => Interlocked.Increment(ref _dropped));
        Reader reader;
        lock (_lock)
        {
            if (_isClosed)
            {
                yield break;
            }

            // A reader begins with the state of now, so that nothing that happened before it came is lost to it. What
            // still waits in the queue is part of that state.
            foreach (var state in StateOfNow())
            {
                channel.Writer.TryWrite(state);
            }

            reader = new Reader(channel.Writer, _lastNumber);
            _readers.Add(reader);
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
            lock (_lock)
            {
                _readers.Remove(reader);
            }
        }
    }

    /// <summary>Handlers that are queued still run; readers end after what they have.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue?.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        lock (_lock)
        {
            _isClosed = true;
            foreach (var reader in _readers)
            {
                reader.Writer.TryComplete();
            }

            foreach (var observer in _observers)
            {
                observer.OnEnd();
            }

            _observers.Clear();
        }

        Listeners.End();
    }

    private IEnumerable<SwarmEvent> StateOfNow() => _exchanges.Values.Concat<SwarmEvent>(_failedServers.Values).Concat(_peers.Values);

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

    private void WriteToReaders(SwarmEvent e, long number)
    {
        lock (_lock)
        {
            foreach (var reader in _readers)
            {
                if (number > reader.Since)
                {
                    reader.Writer.TryWrite(e);
                }
            }
        }
    }

    /// <summary>What a handler threw, if one did, is the application's own; somebody must hear of it all the same.</summary>
    private void NoteFailure(string what, Exception? failure)
    {
        if (failure is not null && _log is { } log)
        {
            SwarmLog.HandlerFailed(log, what, failure);
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

    /// <summary>One enumeration of the events.</summary>
    /// <param name="Writer">Its queue.</param>
    /// <param name="Since">The last event whose outcome was part of the state that it began with.</param>
    private sealed record Reader(ChannelWriter<SwarmEvent> Writer, long Since);
}
