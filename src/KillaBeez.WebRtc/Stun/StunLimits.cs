namespace KillaBeez.WebRtc.Stun;

/// <summary>Every bound that a peer's STUN bytes meet.</summary>
internal static class StunLimits
{
    /// <summary>
    /// The longest message that is parsed or written. ICE messages are near 100 bytes; server answers with long
    /// nonces stay below the smallest MTU.
    /// </summary>
    public const int MaxMessageBytes = 2048;

    /// <summary>Attributes in one message; browsers send about ten.</summary>
    public const int MaxAttributes = 64;

    /// <summary>USERNAME (RFC 8489, section 14.3: less than 509 bytes; RFC 8445 allows 513 for two ufrags and a colon).</summary>
    public const int MaxUsernameBytes = 513;

    /// <summary>REALM, NONCE, SOFTWARE and reason phrases: fewer than 128 characters, at most 763 bytes (RFC 8489, section 14).</summary>
    public const int MaxTextBytes = 763;

    /// <summary>Attribute types that a 420 answer lists, so that no answer is much longer than its request.</summary>
    public const int MaxListedUnknownAttributes = 8;
}
