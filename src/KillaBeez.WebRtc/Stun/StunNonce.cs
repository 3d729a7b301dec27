using System.Buffers.Text;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// The nonce cookie (RFC 8489, section 9.2): a nonce of a server that knows RFC 8489 starts with nine fixed characters
/// and 24 bits in base64, which nobody on the way can change because the nonce comes back under the integrity check.
/// <code>
/// | "obMatJos2" | base64(security features, 24 bits), 4 characters | the server's own part
/// </code>
/// </summary>
internal static class StunNonce
{
    /// <summary>The bytes of a cookie: nine and four.</summary>
    public const int CookieBytes = 13;

    private const int LeftmostPasswordAlgorithms = 0x800000;
    private const int LeftmostUsernameAnonymity = 0x400000;

    private static ReadOnlySpan<byte> Prefix => "obMatJos2"u8;

    /// <summary>Writes the <see cref="CookieBytes"/> that a server's nonce starts with.</summary>
    public static void WriteCookie(ref SpanWriter writer, StunSecurityFeatures features)
    {
        var bits = (int)features;
        writer.WriteBytes(Prefix);
        Base64.EncodeToUtf8([(byte)(bits >> 16), (byte)(bits >> 8), (byte)bits], writer.Reserve(4), out _, out _);
    }

    /// <summary>
    /// The features of a nonce; <see cref="StunSecurityFeatures.None"/> where it has no cookie. Servers that count the bits
    /// from the left, as the RFC's text did before its erratum, are understood: no other bits have a meaning yet.
    /// </summary>
    public static StunSecurityFeatures ReadFeatures(ReadOnlySpan<byte> nonce)
    {
        if (nonce.Length < CookieBytes || !nonce.StartsWith(Prefix))
        {
            return StunSecurityFeatures.None;
        }

        Span<byte> bits = stackalloc byte[3];
        _ = Base64.DecodeFromUtf8(nonce[Prefix.Length..CookieBytes], bits, out _, out var written);
        if (written != bits.Length)
        {
            return StunSecurityFeatures.None;
        }

        var set = (bits[0] << 16) | (bits[1] << 8) | bits[2];
        return Has(set, StunSecurityFeatures.PasswordAlgorithms, LeftmostPasswordAlgorithms)
            | Has(set, StunSecurityFeatures.UsernameAnonymity, LeftmostUsernameAnonymity);
    }

    private static StunSecurityFeatures Has(int set, StunSecurityFeatures feature, int fromTheLeft) =>
        (set & ((int)feature | fromTheLeft)) != 0 ? feature : StunSecurityFeatures.None;
}
