namespace KillaBeez.WebRtc.Io;

/// <summary>The numbers that bound the socket loop.</summary>
internal static class IoLimits
{
    /// <summary>What the kernel may queue on a socket in each direction; it may grant less (net.core.rmem_max).</summary>
    public const int SocketBufferBytes = 4 * 1024 * 1024;

    /// <summary>One receive: the largest UDP payload, which is also what UDP_GRO coalesces at most.</summary>
    public const int ReceiveBufferBytes = 64 * 1024;

    /// <summary>Receives from one socket before everything touched is flushed and timers get their turn.</summary>
    public const int MaxReceivesPerRound = 16;

    /// <summary>Datagrams one connection may send before the next one gets its turn.</summary>
    public const int MaxDatagramsPerFlush = 256;

    /// <summary>The largest datagram that an engine may produce.</summary>
    public const int MaxDatagramBytes = 2048;

    /// <summary>The kernel refuses more segments in one send (UDP_MAX_SEGMENTS).</summary>
    public const int MaxSegmentsPerSend = 64;

    /// <summary>The largest IPv4 UDP payload: also the limit of all segments of one send together.</summary>
    public const int MaxSendBytes = 65_507;

    /// <summary>Socket sets that answering connections may make the endpoint open; see <c>SocketSets</c>.</summary>
    public const int MaxSocketSets = 256;

    /// <summary>Paths remembered in the routing table; beyond it only known paths are served.</summary>
    public const int MaxRoutes = 65_536;

    /// <summary>How long a graceful shutdown of the endpoint may take to flush what is queued.</summary>
    public const int ShutdownFlushMs = 500;

    /// <summary>What may wait to be written to one TCP connection; datagrams beyond it are dropped.</summary>
    public const int MaxQueuedStreamBytes = 256 * 1024;

    /// <summary>The longest frame taken from a TCP connection: what a length of two bytes can say, and a TURN header.</summary>
    public const int MaxStreamFrameBytes = ushort.MaxValue + 64;

    /// <summary>TCP connections of one local address, those that peers have opened included.</summary>
    public const int MaxTcpConnections = 512;

    /// <summary>TCP connections of peers that wait to be accepted.</summary>
    public const int TcpBacklog = 64;

    /// <summary>How long a peer that has opened a TCP connection may take to send a check that somebody here knows.</summary>
    public const int FirstTcpCheckMs = 10_000;

    /// <summary>The pause after a failed accept.</summary>
    public const int AcceptRetryMs = 100;

    /// <summary>How long a TCP connection and its TLS handshake may take to come about.</summary>
    public const int ConnectTimeoutMs = 10_000;

    /// <summary>How long a TCP connection that is being closed may take to write what is queued.</summary>
    public const int StreamFlushMs = 2_000;

    /// <summary>What is read at once of a TCP connection that nobody listens to any more.</summary>
    public const int StreamDiscardBytes = 4 * 1024;

    /// <summary>How long servers may take to say under which addresses we are reached before descriptions go without.</summary>
    public const int GatheringTimeoutMs = 5_000;

    /// <summary>The first pause before a lost relay is asked for again; doubles up to <see cref="MaxRelayRetryMs"/>.</summary>
    public const int FirstRelayRetryMs = 1_000;

    /// <summary>The longest pause before a lost relay is asked for again.</summary>
    public const int MaxRelayRetryMs = 60_000;

    /// <summary>Addresses of one server's name that are used.</summary>
    public const int MaxAddressesPerServer = 2;

    /// <summary>After an address has come or gone, for how long others are waited for before the sockets follow.</summary>
    public const int NetworkChangeDelayMs = 250;

    /// <summary>How often this machine's addresses are read, also where the system has said nothing.</summary>
    public const int NetworkLookIntervalMs = 3000;

    /// <summary>Where the local network's names are asked for (RFC 6762, section 3).</summary>
    public const int MdnsPort = 5353;
}
