using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KillaBeez.WebRtc.Dtls;

/// <summary>
/// A self-signed ECDSA P-256 certificate. Peers know it by its fingerprint alone (RFC 8122), so its name, dates
/// and serial number carry no meaning; they are there because parsers expect them.
/// </summary>
internal sealed class DtlsCertificate : IDisposable
{
    private const int SerialBytes = 16;

    /// <summary>As browsers do: long enough for any connection, short enough to link nobody for years.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromDays(30);

    /// <summary>Tolerates a peer whose clock is behind, should it look.</summary>
    private static readonly TimeSpan Backdating = TimeSpan.FromDays(1);

    private readonly byte[] _privateKey;

    private DtlsCertificate(byte[] certificate, byte[] privateKey)
    {
        Der = certificate;
        _privateKey = privateKey;
        Sha256 = SHA256.HashData(certificate);
    }

    /// <summary>The certificate as it goes over the wire.</summary>
    public byte[] Der { get; }

    /// <summary>The fingerprint: SHA-256 of <see cref="Der"/>, 32 bytes.</summary>
    public byte[] Sha256 { get; }

    /// <summary>The EC private key (RFC 5915, DER). Zeroed by <see cref="Dispose"/>.</summary>
    internal ReadOnlySpan<byte> PrivateKey => _privateKey;

    /// <summary>Makes a new key and certificate.</summary>
    /// <param name="utcNow">The wall clock, for the dates in the certificate.</param>
    public static DtlsCertificate Create(DateTimeOffset utcNow)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName("CN=WebRTC");
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);

        // A serial number is a positive INTEGER without leading zero bytes (RFC 5280, section 4.1.2.2).
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        using var certificate = request.Create(
            name, X509SignatureGenerator.CreateForECDsa(key), utcNow - Backdating, utcNow + Validity, serial);
        return new DtlsCertificate(certificate.RawData, key.ExportECPrivateKey());
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);
}
