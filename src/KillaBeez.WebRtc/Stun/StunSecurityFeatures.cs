namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// What a server says with the first characters of its nonce (RFC 8489, section 18.1). Bit 0 is the rightmost one, as
/// erratum 6290 says and the example of appendix B.1 shows.
/// </summary>
[Flags]
internal enum StunSecurityFeatures
{
    None = 0,

    /// <summary>Bit 0: PASSWORD-ALGORITHMS is part of the challenge; taking it out on the way is an attack.</summary>
    PasswordAlgorithms = 0x000001,

    /// <summary>Bit 1: the server takes USERHASH instead of USERNAME.</summary>
    UsernameAnonymity = 0x000002,
}
