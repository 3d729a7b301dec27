namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>The parameter types that this stack reads or writes.</summary>
internal static class ParameterType
{
    public const ushort StateCookie = 7;
    public const ushort UnrecognizedParameter = 8;
    public const ushort OutgoingSsnReset = 13;
    public const ushort IncomingSsnReset = 14;
    public const ushort SsnTsnReset = 15;
    public const ushort ReconfigResponse = 16;
    public const ushort AddOutgoingStreams = 17;
    public const ushort AddIncomingStreams = 18;
    public const ushort ZeroChecksumAcceptable = 0x8001;
    public const ushort SupportedExtensions = 0x8008;

    /// <summary>
    /// Ours: says that both ends are this stack. Its two highest bits are 10, so everyone else skips it
    /// without a word (RFC 9260 section 3.2.1).
    /// </summary>
    public const ushort KillaBeezStack = 0xBEE5;

    public const ushort ForwardTsnSupported = 0xC000;
}
