namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// USERNAME (RFC 8489, section 14.3): UTF-8, in ICE "receiver's ufrag:sender's ufrag" (RFC 8445, section 7.2.2).
/// <code>
/// | 0x0006 | length | username ... padding |
/// </code>
/// </summary>
internal static class UsernameAttribute
{
    public static void Write(ref StunWriter writer, scoped ReadOnlySpan<byte> receiverUfrag, scoped ReadOnlySpan<byte> senderUfrag)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.Username, receiverUfrag.Length + 1 + senderUfrag.Length));
        value.WriteBytes(receiverUfrag);
        value.WriteByte((byte)':');
        value.WriteBytes(senderUfrag);
    }

    /// <summary>Splits at the first colon; a ufrag cannot hold one.</summary>
    public static bool TryReadParts(scoped in StunMessage message, out ReadOnlySpan<byte> receiverUfrag, out ReadOnlySpan<byte> senderUfrag)
    {
        receiverUfrag = default;
        senderUfrag = default;
        if (!message.TryGet(StunAttributeType.Username, out var value) || value.Length > StunLimits.MaxUsernameBytes)
        {
            return false;
        }

        var colon = value.IndexOf((byte)':');
        if (colon <= 0)
        {
            return false;
        }

        receiverUfrag = value[..colon];
        senderUfrag = value[(colon + 1)..];
        return true;
    }
}
