namespace KillaBeez.WebRtc.Sctp;

/// <summary>Every bound of the association that a peer could otherwise push, and the protocol's constants.</summary>
internal static class SctpLimits
{
    /// <summary>
    /// The largest packet sent: 1280 - IPv6 40 - UDP 8 - DTLS 37 - TURN channel 4 = 1191, rounded down to a
    /// multiple of four. It fits every path that carries IPv6.
    /// </summary>
    public const int DefaultPacketBytes = 1188;

    /// <summary>What an Ethernet carries beside IPv4 20, UDP 8 and DTLS 37: 1435, rounded down to a multiple of four.</summary>
    public const int MaxProbedPacketBytes = 1432;

    /// <summary>The same with IPv6.</summary>
    public const int MaxProbedPacketBytesIPv6 = 1412;

    /// <summary>A size that was probed so often without an answer does not pass (RFC 8899 section 5.1.2).</summary>
    public const int MaxProbesPerSize = 3;

    /// <summary>The search ends when what passes and what does not are this close.</summary>
    public const int SizeSearchStepBytes = 16;

    /// <summary>Less is not worth it: of a larger packet another chunk header is lost.</summary>
    public const int MinSizeGainBytes = 80;

    /// <summary>Payload sent on a path before larger packets are tried there.</summary>
    public const int SizeSearchAfterBytes = 65_536;

    /// <summary>Smaller packets cannot carry an INIT-ACK with its cookie.</summary>
    public const int MinPacketBytes = 512;

    /// <summary>Larger packets than this are not taken from a peer.</summary>
    public const int MaxReceivedPacketBytes = 65_535;

    public const int MaxChunksPerPacket = 1024;

    public const int MaxParametersPerChunk = 64;

    /// <summary>The bytes of an unknown chunk that an ERROR echoes.</summary>
    public const int MaxEchoedUnknownBytes = 64;

    /// <summary>The ERROR causes that one packet can provoke.</summary>
    public const int MaxPendingErrorBytes = 256;

    /// <summary>Larger cookies of a peer are refused; they must fit one packet with room for data.</summary>
    public const int MaxPeerCookieBytes = 1024;

    /// <summary>DATA rides with a COOKIE-ECHO where at least this much of the packet is left beside a large cookie.</summary>
    public const int MinRoomBesideCookieBytes = 256;

    public const int MaxHeartbeatEchoBytes = 1024;

    /// <summary>HEARTBEATs that may wait for their answer; more in one batch are dropped.</summary>
    public const int MaxPendingHeartbeatAcks = 2;

    /// <summary>RFC 9260 section 3.3.2: an a_rwnd below 1500 is invalid.</summary>
    public const uint MinReceiverWindowBytes = 1500;

    public const ushort AnnouncedStreams = 65_535;

    /// <summary>How far above the cumulative TSN data is taken: what a gap block can express.</summary>
    public const int MaxTsnOffset = 65_535;

    /// <summary>Chunks held above a gap. Further ones are dropped and must be sent again.</summary>
    public const int MaxHeldChunks = 24_576;

    /// <summary>
    /// Begun messages and fragments of I-DATA kept in all: room for those above a gap and as many more that fill
    /// it. A peer that begins more messages without ending any is stopped.
    /// </summary>
    public const int MaxInterleavedEntries = 2 * MaxHeldChunks;

    /// <summary>Separate ranges above the cumulative TSN. Chunks that would open another are dropped.</summary>
    public const int MaxGapRanges = 2_000;

    public const int MaxGapBlocksToOwnStack = 250;

    public const int MaxGapBlocksToForeignStack = 20;

    public const int MaxDuplicatesReported = 20;

    /// <summary>SACKs that one receive batch may owe a foreign peer.</summary>
    public const int MaxOwedSacks = 64;

    /// <summary>Messages delivered and not yet released by the application; at the limit the window is closed.</summary>
    public const int MaxUnreleasedMessages = 262_144;

    /// <summary>What a delivered message costs beside its payload, taken off the announced window.</summary>
    public const int MessageOverheadBytes = 64;

    /// <summary>Chunks in flight to this stack; gap blocks are 16-bit offsets.</summary>
    public const int MaxOutstandingChunksToOwnStack = 60_000;

    /// <summary>Chunks in flight to any other stack; pion takes as few as this above its cumulative TSN.</summary>
    public const int MaxOutstandingChunksToForeignStack = 8_000;

    /// <summary>Messages in the send queue and in flight, of all streams together.</summary>
    public const int MaxOutgoingMessages = 262_144;

    /// <summary>Packets sent per event to a foreign peer (RFC 9260 section 6.1 D, and what usrsctp does).</summary>
    public const int MaxBurstPackets = 10;

    /// <summary>Streams that a peer may reset by one request; more are denied.</summary>
    public const int MaxStreamsPerIncomingReset = 2_048;

    /// <summary>Streams named in one reset request, so that it fits a packet.</summary>
    public const int MaxStreamsPerReset = 256;

    /// <summary>How often a reset request is repeated to a peer that sends other things and not the answer; it takes half a minute.</summary>
    public const int MaxUnansweredResets = 10;

    /// <summary>How long a peer may answer "in progress".</summary>
    public static readonly TimeSpan ResetProgressTimeout = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan CookieLifetime = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan SetupTimeout = TimeSpan.FromMilliseconds(1_000);

    /// <summary>No back-off waits longer: ICE consent decides whether the path is dead, not SCTP.</summary>
    public static readonly TimeSpan MaxBackoff = TimeSpan.FromMilliseconds(3_000);

    public static readonly TimeSpan InitialRto = TimeSpan.FromMilliseconds(500);

    /// <summary>The floor of the RTO where the peer acknowledges within <see cref="AckDelay"/>.</summary>
    public static readonly TimeSpan MinRtoOwnStack = TimeSpan.FromMilliseconds(200);

    /// <summary>The floor of the RTO elsewhere: above the 200 ms for which RFC 9260 lets a peer delay its SACK.</summary>
    public static readonly TimeSpan MinRtoForeignStack = TimeSpan.FromMilliseconds(400);

    public static readonly TimeSpan MaxRto = TimeSpan.FromSeconds(60);

    /// <summary>How long a SACK of ours may wait (RFC 9260 section 6.2 allows 500 ms).</summary>
    public static readonly TimeSpan AckDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a foreign peer may delay its SACK.</summary>
    public static readonly TimeSpan ForeignAckDelay = TimeSpan.FromMilliseconds(200);

    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);

    /// <summary>How long a size found too large is not tried again (RFC 8899 section 5.1.1, PMTU_RAISE_TIMER).</summary>
    public static readonly TimeSpan SizeSearchPause = TimeSpan.FromMinutes(10);

    /// <summary>The pause after large packets were lost for the first time: it may have been an outage.</summary>
    public static readonly TimeSpan SizeSearchShortPause = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause between two FORWARD-TSNs for the same loss.</summary>
    public static readonly TimeSpan MaxForwardTsnInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long Shutdown waits for queued data before it aborts.</summary>
    public static readonly TimeSpan ShutdownDrainTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long the SHUTDOWN handshake may take before it is cut short.</summary>
    public static readonly TimeSpan ShutdownHandshakeTimeout = TimeSpan.FromSeconds(1);
}
