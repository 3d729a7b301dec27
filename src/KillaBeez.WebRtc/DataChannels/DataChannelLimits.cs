namespace KillaBeez.WebRtc.DataChannels;

/// <summary>Every bound of the data-channel layer that a peer or an application could otherwise push.</summary>
internal static class DataChannelLimits
{
    /// <summary>Channels at one time, both sides' together.</summary>
    public const int MaxChannels = 1_024;

    /// <summary>Stream ids stay below this by default, because Chromium refuses ids above 1023.</summary>
    public const int DefaultStreamIdLimit = 1_024;

    /// <summary>65535 does not name a stream (RFC 8832 section 6).</summary>
    public const int MaxStreamIds = 65_535;

    /// <summary>Label and protocol of a peer's OPEN together, in bytes of UTF-8.</summary>
    public const int MaxLabelAndProtocolBytes = 4_096;

    /// <summary>A label or protocol of ours: their lengths are 16-bit fields.</summary>
    public const int MaxLabelBytes = 65_535;

    /// <summary>Messages kept for streams whose OPEN has not come yet, all streams together.</summary>
    public const int MaxEarlyMessages = 256;

    /// <summary>Their bytes; what is more resets its stream.</summary>
    public const int MaxEarlyBytes = 1024 * 1024;

    /// <summary>The size taken of a peer that announces none (RFC 8841 section 6.1).</summary>
    public const int DefaultRemoteMaxMessageBytes = 65_536;

    /// <summary>No message is larger, whatever the peer announces.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>
    /// How long a closing channel waits for the peer to reset its own direction once ours is reset. It then
    /// counts as closed, but its stream id stays out of use until that reset comes. A peer may have a window of
    /// data in flight on the stream, which it delivers first, so this is generous.
    /// </summary>
    public static readonly TimeSpan PeerResetTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that may wait to be sent on one channel.</summary>
    public const long ChannelSendBufferBytes = 16L * 1024 * 1024;

    /// <summary>Bytes that may wait to be sent on all channels together.</summary>
    public const long TotalSendBufferBytes = 64L * 1024 * 1024;
}
