using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KillaBeez.WebRtc.Sdp;

/// <summary>
/// The hash of a certificate (RFC 8122, section 5): "sha-256 AB:CD:...". A value that exists has the length of its
/// algorithm.
/// </summary>
internal sealed record SdpFingerprint
{
    private readonly byte[] _value;

    private SdpFingerprint(string algorithm, byte[] value)
    {
        Algorithm = algorithm;
        _value = value;
    }

    /// <summary>Lower case, as "sha-256".</summary>
    public string Algorithm { get; }

    public ReadOnlySpan<byte> Value => _value;

    /// <summary>SHA-256, SHA-384 and SHA-512 are; MD5 and SHA-1 never.</summary>
    public bool IsTrusted => Algorithm is "sha-256" or "sha-384" or "sha-512";

    /// <param name="hash">32 bytes: the SHA-256 of the DER certificate.</param>
    public static SdpFingerprint Sha256(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, SHA256.HashSizeInBytes);
        return new SdpFingerprint("sha-256", hash.ToArray());
    }

    /// <summary>The SHA-256 fingerprint of a certificate.</summary>
    public static SdpFingerprint OfCertificate(ReadOnlySpan<byte> derCertificate) => Sha256(SHA256.HashData(derCertificate));

    /// <param name="text">"algorithm hex:hex:...", any case.</param>
    /// <param name="fingerprint">The value, or null.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out SdpFingerprint? fingerprint)
    {
        fingerprint = null;
        text = text.Trim();
        var space = text.IndexOf(' ');
        if (space <= 0)
        {
            return false;
        }

        var algorithm = text[..space].ToString().ToLowerInvariant();
        var bytes = HashBytes(algorithm);
        var hex = text[(space + 1)..].Trim();
        if (bytes == 0 || hex.Length != (bytes * 3) - 1)
        {
            return false;
        }

        var value = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            var isSeparated = i == 0 || hex[(i * 3) - 1] == ':';
            if (!isSeparated || !byte.TryParse(hex.Slice(i * 3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value[i]))
            {
                return false;
            }
        }

        fingerprint = new SdpFingerprint(algorithm, value);
        return true;
    }

    /// <summary>Whether this is the hash of the certificate; false for algorithms that are not trusted. Constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> derCertificate)
    {
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        var bytes = Algorithm switch
        {
            "sha-256" => SHA256.HashData(derCertificate, hash),
            "sha-384" => SHA384.HashData(derCertificate, hash),
            "sha-512" => SHA512.HashData(derCertificate, hash),
            _ => 0,
        };
        return bytes != 0 && CryptographicOperations.FixedTimeEquals(hash[..bytes], _value);
    }

    public bool Equals(SdpFingerprint? other) =>
        other is not null && Algorithm == other.Algorithm && _value.AsSpan().SequenceEqual(other._value);

    public override int GetHashCode() => HashCode.Combine(Algorithm, _value[0], _value[1], _value[2]);

    /// <summary>"sha-256 AB:CD:...", upper-case hex.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Algorithm, Algorithm.Length + 1 + (_value.Length * 3)).Append(' ');
        for (var i = 0; i < _value.Length; i++)
        {
            text.Append(i == 0 ? string.Empty : ":").Append(CultureInfo.InvariantCulture, $"{_value[i]:X2}");
        }

        return text.ToString();
    }

    private static int HashBytes(string algorithm) => algorithm switch
    {
        "md5" => 16,
        "sha-1" => 20,
        "sha-224" => 28,
        "sha-256" => 32,
        "sha-384" => 48,
        "sha-512" => 64,
        _ => 0,
    };
}
