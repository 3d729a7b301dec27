using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// DATA (RFC 8656, section 18.4): the payload of a datagram from or to a peer, in Send and Data indications. May be
/// empty.
/// <code>
/// | 0x0013 | length | application data ... padding |
/// </code>
/// </summary>
internal static class DataAttribute
{
    public static void Write(ref StunWriter writer, scoped ReadOnlySpan<byte> data) =>
        writer.Write(StunAttributeType.Data, data);

    /// <summary>The payload, a slice of the message.</summary>
    public static bool TryRead(scoped in StunMessage message, out ReadOnlySpan<byte> data) =>
        message.TryGet(StunAttributeType.Data, out data);
}
