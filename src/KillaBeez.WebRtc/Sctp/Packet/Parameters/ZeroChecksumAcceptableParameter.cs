namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>
/// Zero Checksum Acceptable (RFC 9653 section 4): the sender takes packets with a checksum of zero because
/// another method finds errors. It speaks for one direction only.
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Type = 0x8001          |          Length = 8           |
/// +-------------------------------+-------------------------------+
/// |           Error detection method (1 = SCTP over DTLS)         |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class ZeroChecksumAcceptableParameter
{
    private const uint DtlsMethod = 1;

    public static bool IsDtls(ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(value);
        return reader.TryReadUInt32(out var method) && reader.AtEnd && method == DtlsMethod;
    }

    public static void Write(ref SpanWriter writer)
    {
        Tlv.WriteHeader(ref writer, ParameterType.ZeroChecksumAcceptable, 4);
        writer.WriteUInt32(DtlsMethod);
    }
}
