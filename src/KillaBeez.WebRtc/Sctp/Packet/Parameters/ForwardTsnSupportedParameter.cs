namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>
/// Forward-TSN-Supported (RFC 3758 section 3.1).
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Type = 0xC000          |          Length = 4           |
/// +-------------------------------+-------------------------------+
/// </code>
/// </summary>
internal static class ForwardTsnSupportedParameter
{
    public static void Write(ref SpanWriter writer) => Tlv.WriteHeader(ref writer, ParameterType.ForwardTsnSupported, 0);
}
