namespace KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;

/// <summary>
/// Missing Mandatory Parameter (RFC 9260 section 3.3.10.2), here always for one parameter.
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Cause code = 2         |          Length = 10          |
/// +-------------------------------+-------------------------------+
/// |            Number of missing parameters = 1                   |
/// +-------------------------------+-------------------------------+
/// |     Missing parameter type    |            Padding            |
/// +-------------------------------+-------------------------------+
/// </code>
/// </summary>
internal static class MissingMandatoryParameterCause
{
    public const int SizeBytes = 12;

    public static void Write(ref SpanWriter writer, ushort missingType)
    {
        Tlv.WriteHeader(ref writer, (ushort)ErrorCauseCode.MissingMandatoryParameter, 6);
        writer.WriteUInt32(1);
        writer.WriteUInt16(missingType);
        writer.WriteZeros(2);
    }
}
