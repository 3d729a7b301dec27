namespace KillaBeez.WebRtc.Io;

/// <summary>Something beside the connections that the IO thread runs and that has deadlines.</summary>
internal abstract class IoTask : IDeadlineItem
{
    public int HeapIndex { get; set; } = -1;

    public Instant HeapDeadline { get; set; }

    /// <summary>When <see cref="HandleTimeout"/> is next due; <see cref="Instant.Never"/> where nothing waits.</summary>
    public abstract Instant NextTimeout { get; }

    public abstract void HandleTimeout(Instant now);
}
