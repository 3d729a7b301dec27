namespace KillaBeez.WebRtc.Sctp;

/// <summary>Which congestion control a sender runs.</summary>
internal enum CongestionControlKind
{
    /// <summary>CUBIC (RFC 9438) with an early exit from slow start when the delay rises.</summary>
    Cubic,

    /// <summary>RFC 9260 section 7, with growth by all bytes acknowledged.</summary>
    NewReno,
}

/// <summary>How an association behaves. The defaults suit the internet.</summary>
internal sealed record SctpOptions
{
    public ushort LocalPort { get; init; } = 5000;

    /// <summary>The peer's port unless its description names another (SetRemotePort).</summary>
    public ushort RemotePort { get; init; } = 5000;

    /// <summary>The largest packet this side sends unasked, in bytes; a multiple of four.</summary>
    public int MaxPacketBytes { get; init; } = SctpLimits.DefaultPacketBytes;

    /// <summary>
    /// The largest packet that the first path is probed for (RFC 8899), in bytes; not above
    /// <see cref="MaxPacketBytes"/>: none. Later paths have their own (OnPathChanged).
    /// </summary>
    public int MaxProbedPacketBytes { get; init; } = SctpLimits.MaxProbedPacketBytes;

    /// <summary>The largest message taken from the peer, in bytes; a larger one aborts the association.</summary>
    public int MaxReceiveMessageBytes { get; init; } = 262_144;

    /// <summary>What may wait in receive buffers and in the application together, in bytes.</summary>
    public int ReceiveWindowBytes { get; init; } = 16 * 1024 * 1024;

    public CongestionControlKind CongestionControl { get; init; }

    /// <summary>
    /// Whether CUBIC leaves its window alone while at most 2 % of the packets are lost and no queue shows in the
    /// round-trip time. It carries several times as much over a bad radio link; but where a shallow queue drops
    /// packets before the delay rises it takes far more than its share from others. For paths known to be one's own.
    /// </summary>
    public bool ToleratesRandomLoss { get; init; }

    /// <summary>Whether to declare that packets with a zero checksum are taken (RFC 9653); right above DTLS only.</summary>
    public bool AcceptZeroChecksum { get; init; } = true;

    /// <summary>Whether to say, and to understand, that both ends are this stack.</summary>
    public bool RecognizeOwnStack { get; init; } = true;

    /// <summary>Whether partial reliability (RFC 3758) is offered.</summary>
    public bool OfferPartialReliability { get; init; } = true;

    /// <summary>
    /// Whether interleaving (RFC 8260) is offered: large messages then do not hold up those of other streams.
    /// </summary>
    public bool OfferInterleaving { get; init; } = true;

    /// <summary>The first TSN, for tests near the wrap; random by default.</summary>
    public uint? InitialTsn { get; init; }
}
