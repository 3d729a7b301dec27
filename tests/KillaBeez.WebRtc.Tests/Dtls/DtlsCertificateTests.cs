using System.Security.Cryptography.X509Certificates;
using KillaBeez.WebRtc.Dtls;

namespace KillaBeez.WebRtc.Tests.Dtls;

public sealed class DtlsCertificateTests
{
    [Fact]
    public void Create_Dates_AreBackdatedOneDayAndValidThirty()
    {
        var now = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        using var made = DtlsCertificate.Create(now);
        using var certificate = X509CertificateLoader.LoadCertificate(made.Der);

        Assert.Equal(now.AddDays(-1).UtcDateTime, certificate.NotBefore.ToUniversalTime());
        Assert.Equal(now.AddDays(30).UtcDateTime, certificate.NotAfter.ToUniversalTime());
        Assert.Equal("1.2.840.10045.2.1", certificate.GetKeyAlgorithm());
        Assert.Equal(certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256), made.Sha256);
    }

    [Fact]
    public void Create_Twice_SerialAndKeyDiffer()
    {
        using var first = DtlsCertificate.Create(DateTimeOffset.UnixEpoch);
        using var second = DtlsCertificate.Create(DateTimeOffset.UnixEpoch);

        Assert.NotEqual(first.Der, second.Der);
        Assert.False(first.PrivateKey.SequenceEqual(second.PrivateKey));
    }

    [Fact]
    public void Dispose_PrivateKey_IsZeroed()
    {
        var certificate = DtlsCertificate.Create(DateTimeOffset.UnixEpoch);
        certificate.Dispose();

        Assert.Equal(-1, certificate.PrivateKey.IndexOfAnyExcept((byte)0));
    }
}
