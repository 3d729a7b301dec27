using System.Text;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// The attributes that are plain text: REALM, NONCE, SOFTWARE and ALTERNATE-DOMAIN (RFC 8489, sections 14.10 to
/// 14.16), and USERNAME of the long-term mechanism.
/// <code>
/// | type | length | UTF-8 ... padding |
/// </code>
/// </summary>
internal static class TextAttribute
{
    public static void Write(ref StunWriter writer, StunAttributeType type, string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, StunLimits.MaxTextBytes);
        Encoding.UTF8.GetBytes(text, writer.Reserve(type, bytes));
    }

    public static bool TryRead(in StunMessage message, StunAttributeType type, out string text)
    {
        if (!message.TryGet(type, out var value) || value.Length > StunLimits.MaxTextBytes)
        {
            text = string.Empty;
            return false;
        }

        text = Encoding.UTF8.GetString(value);
        return true;
    }
}
