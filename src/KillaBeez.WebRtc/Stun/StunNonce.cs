using System.Buffers.Text;
using System.Text;

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

/// <summary>
/// The nonce cookie (RFC 8489, section 9.2): a nonce of a server that knows RFC 8489 starts with nine fixed characters
/// and 24 bits in base64, which an attacker cannot change because the nonce comes back under the integrity check.
/// <code>
/// | "obMatJos2" | base64(security features, 24 bits), 4 characters | the server's own part
/// </code>
/// </summary>
internal static class StunNonce
{
    /// <summary>The characters of a cookie: nine and four.</summary>
    public const int CookieCharacters = 13;

    private const string Prefix = "obMatJos2";

    public static string CreateCookie(StunSecurityFeatures features)
    {
        var bits = (int)features;
        return Prefix + Convert.ToBase64String([(byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);
    }

    /// <summary>The features of a nonce; <see cref="StunSecurityFeatures.None"/> where it has no cookie.</summary>
    public static StunSecurityFeatures ReadFeatures(string nonce)
    {
        if (nonce.Length < CookieCharacters || !nonce.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return StunSecurityFeatures.None;
        }

        Span<byte> encoded = stackalloc byte[12];
        Span<byte> bits = stackalloc byte[3];
        var encodedBytes = Encoding.UTF8.GetBytes(nonce.AsSpan(Prefix.Length, CookieCharacters - Prefix.Length), encoded);
        _ = Base64.DecodeFromUtf8(encoded[..encodedBytes], bits, out _, out var written);
        return written == bits.Length ? (StunSecurityFeatures)((bits[0] << 16) | (bits[1] << 8) | bits[2]) : StunSecurityFeatures.None;
    }
}
