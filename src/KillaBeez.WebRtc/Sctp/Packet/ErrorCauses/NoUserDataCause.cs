namespace KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;

/// <summary>
/// No User Data (RFC 9260 section 3.3.10.9).
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Cause code = 9         |          Length = 8           |
/// +-------------------------------+-------------------------------+
/// |                   TSN of the empty chunk                      |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class NoUserDataCause
{
    public const int SizeBytes = 8;

    public static void Write(ref SpanWriter writer, Tsn tsn)
    {
        Tlv.WriteHeader(ref writer, (ushort)ErrorCauseCode.NoUserData, 4);
        writer.WriteUInt32(tsn.Value);
    }
}
