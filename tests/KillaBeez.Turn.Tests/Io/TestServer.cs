using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KillaBeez.Turn.Tests.Io;

/// <summary>A server on loopback, on ports that the system chooses.</summary>
internal static class TestServer
{
    public const string User = "ann";
    public const string Password = "correct horse";
    public const string CertificateName = "turn.example";

    private static readonly Lazy<X509Certificate2> _certificate = new(MakeCertificate);

    public static TurnServerOptions Options { get; } = new()
    {
        Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
        Users = new Dictionary<string, string> { [User] = Password },
        AllowedPeerNetworks = TurnPeerNetworks.Private,
        PerUser = TurnQuota.SourceDefault with { BytesPerSecond = 1_000_000_000 },
        PerSource = TurnQuota.SourceDefault with { BytesPerSecond = 1_000_000_000 },
    };

    public static Task<TurnServer> StartAsync(Func<TurnServerOptions, TurnServerOptions>? change = null) =>
        TurnServer.StartAsync((change ?? (static o => o))(Options));

    public static TurnServerOptions WithTls(TurnServerOptions options) =>
        options with { ListenTls = [new IPEndPoint(IPAddress.Loopback, 0)], TlsCertificate = _certificate.Value };

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={CertificateName}", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
