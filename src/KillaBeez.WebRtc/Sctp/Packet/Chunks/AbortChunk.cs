namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// ABORT (RFC 9260 section 3.3.7): the association is over at once.
/// <code>
/// +---------------+-------------+-+-------------------------------+
/// |   Type = 6    |     Res     |T|            Length             |
/// +---------------+-------------+-+-------------------------------+
/// |                       Error causes                            |
/// +---------------------------------------------------------------+
/// </code>
/// T says that the verification tag is the receiver's own, reflected, because the sender has no association.
/// </summary>
internal readonly ref struct AbortChunk
{
    private const byte TagReflectedBit = 0x01;

    public bool IsTagReflected { get; init; }

    /// <summary>Error causes, whole and padded; <see cref="TlvReader"/> walks them.</summary>
    public ReadOnlySpan<byte> Causes { get; init; }

    public static AbortChunk Parse(byte flags, ReadOnlySpan<byte> value) =>
        new() { IsTagReflected = (flags & TagReflectedBit) != 0, Causes = value };

    public static void Write(ref SpanWriter writer, bool isTagReflected, scoped ReadOnlySpan<byte> causes)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.Abort, isTagReflected ? TagReflectedBit : (byte)0, causes.Length);
        writer.WriteBytes(causes);
        writer.WriteZeros(Tlv.PaddingOf(causes.Length));
    }
}
