namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>The windows that both congestion controls share, in packets (RFC 9260 section 7.2, RFC 6928).</summary>
internal static class CongestionLimits
{
    public const int InitialWindowPackets = 10;

    public const int MinWindowAfterLossPackets = 4;

    public const int WindowAfterTimeoutPackets = 1;

    /// <summary>No window grows beyond this, so that the arithmetic cannot overflow.</summary>
    public const long MaxWindowBytes = 1L << 30;
}
