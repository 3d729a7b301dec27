namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>The numbers that bound a connection.</summary>
internal static class PeerConnectionLimits
{
    /// <summary>The largest message that may be configured.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>
    /// DTLS datagrams kept that come before the handshake can begin: a ClientHello of two datagrams and its
    /// repetitions. Dropping them would cost a second.
    /// </summary>
    public const int MaxEarlyDatagrams = 10;

    /// <summary>A larger one is no handshake datagram.</summary>
    public const int MaxEarlyDatagramBytes = 2048;

    /// <summary>SCTP packet and record overhead: what one datagram may need.</summary>
    public const int MaxPlaintextBytes = 1984;

    /// <summary>Paths one connection may enter in the endpoint's routing table.</summary>
    public const int MaxClaimedPaths = 256;
}
