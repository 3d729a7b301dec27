namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>What a path does to datagrams.</summary>
internal sealed record PathConditions
{
    /// <summary>0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>One way.</summary>
    public double DelayMs { get; init; } = 5;

    /// <summary>Added to single datagrams, which thereby overtake each other.</summary>
    public double JitterMs { get; init; }

    /// <summary>Larger UDP payloads are lost.</summary>
    public int MtuBytes { get; init; } = 1252;

    /// <summary>What waits for the link is lost beyond this.</summary>
    public int QueueBytes { get; init; } = int.MaxValue;

    /// <summary>0 for a link that takes no time.</summary>
    public double MegabitsPerSecond { get; init; }
}

/// <summary>One direction of a path under virtual time.</summary>
internal sealed class EmulatedPath(PathConditions conditions, SeededRandomSource random)
{
    private readonly PriorityQueue<PooledBuffer, (long Arrival, long Order)> _flying = new();
    private long _order;
    private Instant _linkFree;

    public long Sent { get; private set; }

    public long Lost { get; private set; }

    /// <summary>Cuts the path: everything is lost.</summary>
    public bool IsCut { get; set; }

    /// <summary>Sees every datagram before the path does.</summary>
    public Func<byte[], bool>? Tap { get; set; }

    public Instant NextArrival => _flying.TryPeek(out _, out var key) ? new Instant(key.Arrival) : Instant.Never;

    public void Send(Instant now, ReadOnlySpan<byte> datagram)
    {
        Sent++;
        var passes = Tap is null || Tap(datagram.ToArray());
        if (!passes || IsCut || datagram.Length > conditions.MtuBytes || random.Chance(conditions.Loss) || !TryQueue(now, datagram.Length))
        {
            Lost++;
            return;
        }

        Fly(datagram);
        if (random.Chance(conditions.Duplication))
        {
            Fly(datagram);
        }
    }

    public bool TryReceive(Instant now, out PooledBuffer datagram)
    {
        if (NextArrival > now)
        {
            datagram = default;
            return false;
        }

        datagram = _flying.Dequeue();
        return true;
    }

    private bool TryQueue(Instant now, int bytes)
    {
        _linkFree = Instant.Max(_linkFree, now);
        if (conditions.MegabitsPerSecond > 0)
        {
            var waitingBytes = (_linkFree - now).TotalSeconds * conditions.MegabitsPerSecond * 1e6 / 8;
            if (waitingBytes + bytes > conditions.QueueBytes)
            {
                return false;
            }

            _linkFree += TimeSpan.FromSeconds(bytes * 8 / (conditions.MegabitsPerSecond * 1e6));
        }

        return true;
    }

    private void Fly(ReadOnlySpan<byte> datagram)
    {
        var arrival = _linkFree.AddMs(conditions.DelayMs + (conditions.JitterMs * random.NextDouble()));
        _flying.Enqueue(PooledBuffer.CopyOf(datagram), (arrival.Microseconds, _order++));
    }
}
