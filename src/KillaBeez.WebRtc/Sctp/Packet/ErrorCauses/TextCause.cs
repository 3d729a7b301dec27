namespace KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;

/// <summary>
/// The causes that carry an optional text or nothing: Out of Resource, User-Initiated Abort and Protocol
/// Violation (RFC 9260 sections 3.3.10.4, 3.3.10.12 and 3.3.10.13).
/// <code>
/// +-------------------------------+-------------------------------+
/// |   Cause code = 4, 12 or 13    |            Length             |
/// +-------------------------------+-------------------------------+
/// |                  Text for a person, padded                    |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class TextCause
{
    public static void Write(ref SpanWriter writer, ErrorCauseCode code, scoped ReadOnlySpan<byte> text) =>
        Tlv.Write(ref writer, (ushort)code, text);
}
