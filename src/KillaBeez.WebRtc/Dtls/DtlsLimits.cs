namespace KillaBeez.WebRtc.Dtls;

/// <summary>The numbers that bound the DTLS layer.</summary>
internal static class DtlsLimits
{
    /// <summary>
    /// The largest handshake datagram we send, in bytes of UDP payload. 1200 passes every path that carries
    /// WebRTC, TURN over IPv6 included.
    /// </summary>
    public const int HandshakeMtuBytes = 1200;

    /// <summary>
    /// After the handshake OpenSSL must not refuse a record because of its MTU: the SCTP layer above does path
    /// MTU discovery (RFC 8261, section 5).
    /// </summary>
    public const int ApplicationMtuBytes = 16 * 1024;

    /// <summary>A larger datagram holds no DTLS record (2^14 bytes of plaintext and its expansion).</summary>
    public const int MaxDatagramBytes = 17 * 1024;

    /// <summary>
    /// The most that a record adds to its plaintext: 13 header, 8 explicit nonce, 16 tag with AES-GCM; ChaCha20
    /// takes 29.
    /// </summary>
    public const int RecordOverheadBytes = 37;

    /// <summary>
    /// Handshake bytes waiting to be polled. A flight is two to four datagrams; only retransmissions of several
    /// flights that nobody polls can reach this, and then dropping equals a loss on the network.
    /// </summary>
    public const int MaxQueuedHandshakeBytes = 64 * 1024;

    public const int MinRetransmitMs = 50;

    /// <summary>The largest first retransmission timeout, however slow the path measured by ICE.</summary>
    public const int MaxFirstRetransmitMs = 3000;

    /// <summary>Doubling stops here.</summary>
    public const int MaxRetransmitMs = 8000;

    /// <summary>The first retransmission timeout while ICE has measured nothing yet (RFC 6347, section 4.2.4.1).</summary>
    public const int DefaultFirstRetransmitMs = 1000;

    public const int HandshakeLimitMs = 30_000;
}
