namespace KillaBeez.WebRtc.Stun;

/// <summary>What a server says with the first characters of its nonce (RFC 8489, section 18.1).</summary>
[Flags]
internal enum StunSecurityFeatures
{
    None = 0,

    /// <summary>Bit 0: PASSWORD-ALGORITHMS is part of the challenge; taking it out on the way is an attack.</summary>
    PasswordAlgorithms = 0x800000,

    /// <summary>Bit 1: the server takes USERHASH instead of USERNAME.</summary>
    UsernameAnonymity = 0x400000,
}
