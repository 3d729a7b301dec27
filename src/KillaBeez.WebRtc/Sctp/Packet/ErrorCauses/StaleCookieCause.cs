namespace KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;

/// <summary>
/// Stale Cookie (RFC 9260 section 3.3.10.3).
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Cause code = 3         |          Length = 8           |
/// +-------------------------------+-------------------------------+
/// |              Measure of staleness in microseconds             |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class StaleCookieCause
{
    public const int SizeBytes = 8;

    public static void Write(ref SpanWriter writer, uint stalenessMicroseconds)
    {
        Tlv.WriteHeader(ref writer, (ushort)ErrorCauseCode.StaleCookie, 4);
        writer.WriteUInt32(stalenessMicroseconds);
    }
}
