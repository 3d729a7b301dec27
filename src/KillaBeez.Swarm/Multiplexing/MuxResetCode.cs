namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// Codes of resets that the multiplexer itself causes. They travel in the Length of a window update with RST.
/// The application's own codes are 0 to 0xFFFFFEFF; 0 is also what a plain yamux sends.
/// </summary>
internal static class MuxResetCode
{
    /// <summary>No reason given.</summary>
    public const uint None = 0;

    /// <summary>The lowest code that is reserved for the multiplexer.</summary>
    public const uint FirstReserved = 0xFFFF_FF00;

    /// <summary>The acceptor holds as many of the opener's substreams as it is willing to.</summary>
    public const uint TooManySubstreams = 0xFFFF_FF01;

    /// <summary>The opener opens substreams faster than the acceptor allows.</summary>
    public const uint OpenRateExceeded = 0xFFFF_FF02;

    /// <summary>What the opener sent first is no preamble, or came with data before the answer.</summary>
    public const uint BadPreamble = 0xFFFF_FF03;

    /// <summary>What the acceptor sent first is no answer.</summary>
    public const uint BadAnswer = 0xFFFF_FF04;

    /// <summary>The receiver holds more unread bytes over all substreams than its budget.</summary>
    public const uint ReceiveBudgetExceeded = 0xFFFF_FF05;

    /// <summary>One side closed its direction and the other then stayed silent for too long.</summary>
    public const uint HalfClosedTimeout = 0xFFFF_FF06;

    /// <summary>The substream was opened but never named.</summary>
    public const uint PreambleTimeout = 0xFFFF_FF07;

    /// <summary>The acceptor has said go away.</summary>
    public const uint GoingAway = 0xFFFF_FF08;
}
