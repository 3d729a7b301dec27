using KillaBeez.Actors.Nodes;

namespace KillaBeez.Streams;

/// <summary>Between a node, which does not wait, and a stream of its events: the oldest give way. Thread-safe.</summary>
/// <param name="wake">Tells the stream, which found nothing, that there is something.</param>
/// <param name="onDropped">Called for each event that gave way.</param>
internal sealed class SwarmEventBuffer(Action wake, Action onDropped) : ISwarmEventObserver
{
    /// <summary>How many events wait for a stream that does not keep up.</summary>
    public const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<SwarmEvent> _events = new();
    private Queue<SwarmEvent> _state = new();
    private bool _isAwaited = true;
    private bool _hasEnded;

    /// <summary>Whether there will be no more than what is in the buffer.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock)
            {
                return _hasEnded && _state.Count == 0 && _events.Count == 0;
            }
        }
    }

    /// <summary>None of it gives way: it says what is the case, however long it takes until somebody asks.</summary>
    public void OnState(IReadOnlyList<SwarmEvent> state)
    {
        lock (_lock)
        {
            _state = new Queue<SwarmEvent>(state);
        }

        WakeOnce();
    }

    public void OnEvent(SwarmEvent e)
    {
        lock (_lock)
        {
            if (_events.Count == Capacity)
            {
                _events.Dequeue();
                onDropped();
            }

            _events.Enqueue(e);
        }

        WakeOnce();
    }

    public void OnEnd()
    {
        lock (_lock)
        {
            _hasEnded = true;
        }

        WakeOnce();
    }

    /// <summary>Takes the oldest event. Where there is none the stream will be woken.</summary>
    public bool TryTake(out SwarmEvent e)
    {
        lock (_lock)
        {
            var isThere = _state.TryDequeue(out e!) || _events.TryDequeue(out e!);
            _isAwaited |= !isThere;
            return isThere;
        }
    }

    private void WakeOnce()
    {
        lock (_lock)
        {
            if (!_isAwaited)
            {
                return;
            }

            _isAwaited = false;
        }

        wake();
    }
}
