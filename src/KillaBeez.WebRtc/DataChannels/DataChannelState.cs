namespace KillaBeez.WebRtc.DataChannels;

internal enum ChannelPhase
{
    /// <summary>Waits for the stream id, the association or the peer's ACK.</summary>
    Opening,

    Open,

    /// <summary>Being reset, in one direction at least.</summary>
    Closing,

    Closed,
}

/// <summary>One channel.</summary>
internal sealed class DataChannelState(ChannelHandle handle, DataChannelInit init, bool isRemote)
{
    public ChannelHandle Handle { get; } = handle;

    public DataChannelInit Init { get; } = init;

    public bool IsRemote { get; } = isRemote;

    public ushort? StreamId { get; set; }

    public ChannelPhase Phase { get; set; }

    /// <summary>Whether OPEN was sent, or need not be.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>
    /// Whether unordered and partially reliable sending may begin: before the peer's ACK a message could
    /// overtake the OPEN (RFC 8832 section 6).
    /// </summary>
    public bool IsConfirmed { get; set; }

    public bool IsOutgoingReset { get; set; }

    public bool IsIncomingReset { get; set; }

    /// <summary>Whether TrySend returned false and BufferedAmountLow is owed.</summary>
    public bool IsWaitingForRoom { get; set; }

    public long LowThresholdBytes { get; set; }
}
