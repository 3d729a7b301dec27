namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// COOKIE-ECHO (RFC 9260 section 3.3.11): the State Cookie of the INIT-ACK as it came.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |   Type = 10   |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                        Cookie, padded                         |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct CookieEchoChunk
{
    public ReadOnlySpan<byte> Cookie { get; init; }

    public static CookieEchoChunk Parse(ReadOnlySpan<byte> value) => new() { Cookie = value };

    public static void Write(ref SpanWriter writer, scoped ReadOnlySpan<byte> cookie)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.CookieEcho, 0, cookie.Length);
        writer.WriteBytes(cookie);
        writer.WriteZeros(Tlv.PaddingOf(cookie.Length));
    }
}
