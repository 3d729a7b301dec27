namespace KillaBeez.WebRtc.Tests.Emulation;

/// <summary>
/// One direction of a network path under virtual time: takes datagrams, and gives back those that arrive, when
/// they arrive. All chance comes from the given source, so a seed replays a run.
/// </summary>
internal sealed class LossyPipe(LossyPipeOptions options, IRandomSource random)
{
    private readonly PriorityQueue<PooledBuffer, (long At, long Order)> _underWay = new();
    private long _order;

    /// <summary>May be changed while datagrams are under way.</summary>
    public LossyPipeOptions Options { get; set; } = options;

    /// <summary>The bottleneck's queue; pipes that are given the same one share it.</summary>
    public Bottleneck Bottleneck { get; set; } = new();

    public long Sent { get; private set; }

    public long Dropped { get; private set; }

    /// <summary>Decides about the next datagrams instead of chance; true drops.</summary>
    public Func<ReadOnlyMemory<byte>, bool>? DropFilter { get; set; }

    public int UnderWay => _underWay.Count;

    /// <summary>When the next datagram arrives, or never.</summary>
    public Instant NextArrival => _underWay.TryPeek(out _, out var priority) ? new Instant(priority.At) : Instant.Never;

    public void Send(Instant now, ReadOnlySpan<byte> datagram)
    {
        Sent++;
        if (random.Chance(Options.Loss)
            || datagram.Length > Options.MaxDatagramBytes
            || (DropFilter is not null && DropFilter(datagram.ToArray()))
            || !TryPassBottleneck(now, datagram.Length, out var departs))
        {
            Dropped++;
            return;
        }

        Schedule(departs, datagram);
        if (random.Chance(Options.Duplication))
        {
            Schedule(departs, datagram);
        }
    }

    /// <summary>Takes the next datagram that has arrived by <paramref name="now"/>; who takes it disposes it.</summary>
    public bool TryReceive(Instant now, out PooledBuffer datagram)
    {
        if (NextArrival > now || !_underWay.TryDequeue(out datagram, out _))
        {
            datagram = default;
            return false;
        }

        return true;
    }

    private bool TryPassBottleneck(Instant now, int bytes, out Instant departs)
    {
        departs = now;
        if (Options.BytesPerSecond is not { } rate)
        {
            return true;
        }

        var start = Instant.Max(now, Bottleneck.FreeAt);
        if ((start - now).TotalSeconds * rate > Options.QueueBytes)
        {
            return false;
        }

        departs = start + TimeSpan.FromSeconds((double)bytes / rate);
        Bottleneck.FreeAt = departs;
        return true;
    }

    private void Schedule(Instant departs, ReadOnlySpan<byte> datagram)
    {
        var arrives = departs + Options.Delay;
        if (Options.Jitter > TimeSpan.Zero)
        {
            arrives += Options.Jitter * random.NextDouble();
        }

        if (random.Chance(Options.Reordering))
        {
            arrives += Options.ReorderingDelay;
        }

        _underWay.Enqueue(PooledBuffer.CopyOf(datagram), (arrives.Microseconds, _order++));
    }
}
