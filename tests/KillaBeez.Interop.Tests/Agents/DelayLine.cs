using System.Diagnostics;

namespace KillaBeez.Interop.Tests.Agents;

/// <summary>Datagrams under way: each leaves at its own time, so that one may overtake another. One owner at a time.</summary>
internal sealed class DelayLine
{
    /// <summary>As a router's queue: what comes on top is lost.</summary>
    private const int MaxDatagrams = 10_000;

    private readonly PriorityQueue<byte[], (long Due, long Order)> _waiting = new();
    private readonly Lock _lock = new();
    private long _order;

    public void Add(ReadOnlySpan<byte> datagram, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_waiting.Count < MaxDatagrams)
            {
                _waiting.Enqueue(datagram.ToArray(), (Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency), _order++));
            }
        }
    }

    /// <summary>The next that is due, or false.</summary>
    public bool TryTake(out byte[] datagram)
    {
        lock (_lock)
        {
            if (_waiting.TryPeek(out datagram!, out var when) && when.Due <= Stopwatch.GetTimestamp())
            {
                _waiting.Dequeue();
                return true;
            }

            return false;
        }
    }
}
