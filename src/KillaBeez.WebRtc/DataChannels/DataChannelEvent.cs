using KillaBeez.WebRtc.Sctp;

namespace KillaBeez.WebRtc.DataChannels;

internal enum DataChannelEventKind
{
    /// <summary>The association is up.</summary>
    Connected,

    /// <summary>The transport is over; every channel was reported closed before.</summary>
    Closed,

    /// <summary>A channel can carry messages: the peer confirmed ours, opened its own, or it was negotiated.</summary>
    ChannelOpened,

    /// <summary>The peer closes the channel; nothing more can be sent.</summary>
    ChannelClosing,

    /// <summary>The channel is closed on both sides.</summary>
    ChannelClosed,

    /// <summary>A message; who polls the event owns its payload and must report it to ReleaseReceived.</summary>
    Message,

    /// <summary>The buffered amount fell to the threshold, or there is room again after TrySend returned false.</summary>
    BufferedAmountLow,
}

/// <summary>What happened in a <see cref="DataChannelTransport"/>.</summary>
internal readonly struct DataChannelEvent
{
    public DataChannelEventKind Kind { get; init; }

    public ChannelHandle Channel { get; init; }

    /// <summary>The stream id of the channel.</summary>
    public ushort StreamId { get; init; }

    /// <summary>Of <see cref="DataChannelEventKind.ChannelOpened"/>: what the channel is.</summary>
    public DataChannelInit? Init { get; init; }

    /// <summary>Of <see cref="DataChannelEventKind.ChannelOpened"/>: whether the peer opened it.</summary>
    public bool IsRemote { get; init; }

    public PooledBuffer Payload { get; init; }

    public bool IsText { get; init; }

    public SctpCloseReason Reason { get; init; }
}
