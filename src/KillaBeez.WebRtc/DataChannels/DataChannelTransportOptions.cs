using KillaBeez.WebRtc.Sctp;

namespace KillaBeez.WebRtc.DataChannels;

/// <summary>How a <see cref="DataChannelTransport"/> behaves.</summary>
internal sealed record DataChannelTransportOptions
{
    /// <summary>Ports, sizes and choices of the SCTP association.</summary>
    public SctpOptions Sctp { get; init; } = new();

    /// <summary>The largest message that this side sends whatever the peer takes, in bytes.</summary>
    public int MaxSendMessageBytes { get; init; } = 262_144;

    /// <summary>Bytes that may wait to be sent on one channel before TrySend returns false.</summary>
    public long ChannelSendBufferBytes { get; init; } = DataChannelLimits.ChannelSendBufferBytes;

    /// <summary>Bytes that may wait to be sent on all channels before TrySend returns false.</summary>
    public long TotalSendBufferBytes { get; init; } = DataChannelLimits.TotalSendBufferBytes;

    /// <summary>Ids from here on are not used for channels of ours.</summary>
    public int StreamIdLimit { get; init; } = DataChannelLimits.DefaultStreamIdLimit;

    public int MaxChannels { get; init; } = DataChannelLimits.MaxChannels;
}
