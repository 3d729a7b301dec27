using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// DONT-FRAGMENT (RFC 8656, section 18.9): the server sets DF on what it sends to the peer. A flag without a value.
/// <code>
/// | 0x001A | 0 |
/// </code>
/// </summary>
internal static class DontFragmentAttribute
{
    public static void Write(ref StunWriter writer) => writer.Reserve(StunAttributeType.DontFragment, 0);

    public static bool IsPresent(in StunMessage message) => message.Has(StunAttributeType.DontFragment);
}
