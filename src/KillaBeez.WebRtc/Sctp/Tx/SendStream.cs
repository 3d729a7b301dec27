namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>The sending side of one stream.</summary>
internal sealed class SendStream(ushort id)
{
    public ushort Id { get; } = id;

    /// <summary>The queue of messages without a TSN for their last fragment.</summary>
    public int Head { get; set; } = MessageSlab.None;

    public int Tail { get; set; } = MessageSlab.None;

    /// <summary>The number of the next ordered message. DATA has room for its lower 16 bits.</summary>
    public uint NextOrdered { get; set; }

    /// <summary>The number of the next unordered message; DATA does not number these.</summary>
    public uint NextUnordered { get; set; }

    /// <summary>Payload bytes accepted and not yet sent for the first time, DCEP apart.</summary>
    public long BufferedBytes { get; set; }

    public long LowThresholdBytes { get; set; }

    /// <summary>Messages queued or in flight.</summary>
    public int PendingMessages { get; set; }

    /// <summary>Whether the stream stands in the round of streams with something to send.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Whether its reset is wanted as soon as nothing is pending.</summary>
    public bool IsClosing { get; set; }
}
