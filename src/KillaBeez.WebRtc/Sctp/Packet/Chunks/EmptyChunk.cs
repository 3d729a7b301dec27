namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// The chunks without a value: SHUTDOWN-ACK, COOKIE-ACK and SHUTDOWN-COMPLETE (RFC 9260 sections 3.3.9,
/// 3.3.12 and 3.3.13).
/// <code>
/// +---------------+-------------+-+-------------------------------+
/// |Type = 8,11,14 |     Res     |T|          Length = 4           |
/// +---------------+-------------+-+-------------------------------+
/// </code>
/// T exists in SHUTDOWN-COMPLETE only: the verification tag is reflected.
/// </summary>
internal static class EmptyChunk
{
    public const int SizeBytes = ChunkReader.HeaderBytes;

    private const byte TagReflectedBit = 0x01;

    public static bool IsTagReflected(byte flags) => (flags & TagReflectedBit) != 0;

    public static void Write(ref SpanWriter writer, ChunkType type, bool isTagReflected = false) =>
        Tlv.WriteChunkHeader(ref writer, type, isTagReflected ? TagReflectedBit : (byte)0, 0);
}
