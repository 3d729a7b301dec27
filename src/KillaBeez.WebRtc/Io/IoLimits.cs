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
}
