using KillaBeez.WebRtc.Dtls;

namespace KillaBeez.WebRtc.Tests.Dtls;

/// <summary>Two OpenSSL engines and the datagrams between them.</summary>
internal sealed class DtlsPair : IDisposable
{
    private readonly DtlsContext _clientContext;
    private readonly DtlsContext _serverContext;

    public DtlsPair(ulong clientOptions = 0, ulong serverOptions = 0)
    {
        _clientContext = DtlsContext.Create(DtlsCertificate.Create(DateTimeOffset.UtcNow), clientOptions);
        _serverContext = DtlsContext.Create(DtlsCertificate.Create(DateTimeOffset.UtcNow), serverOptions);
        Client = _clientContext.CreateEngine();
        Server = _serverContext.CreateEngine();
    }

    public OpenSslDtlsEngine Client { get; }

    public OpenSslDtlsEngine Server { get; }

    public DtlsCertificate ClientCertificate => _clientContext.Certificate;

    public DtlsCertificate ServerCertificate => _serverContext.Certificate;

    public static Instant Now => Instant.FromElapsed(TimeSpan.FromMilliseconds(Environment.TickCount64));

    public static List<byte[]> Drain(IDtlsEngine engine)
    {
        var datagrams = new List<byte[]>();
        var buffer = new byte[2048];
        while (engine.TryPollTransmit(buffer, out var written))
        {
            datagrams.Add(buffer[..written]);
        }

        return datagrams;
    }

    public static List<byte[]> Feed(IDtlsEngine engine, IEnumerable<byte[]> datagrams)
    {
        var received = new List<byte[]>();
        var buffer = new byte[20_000];
        foreach (var datagram in datagrams)
        {
            engine.HandleDatagram(Now, datagram);
            while (engine.TryReadApplicationData(buffer, out var read))
            {
                received.Add(buffer[..read]);
            }
        }

        return received;
    }

    public static byte[] Seal(IDtlsEngine engine, byte[] plaintext)
    {
        var datagram = new byte[plaintext.Length + DtlsLimits.RecordOverheadBytes];
        Assert.True(engine.TryWriteApplicationData(plaintext, datagram, out var written));
        return datagram[..written];
    }

    public void Start(TimeSpan? roundTripTime = null)
    {
        Client.Start(Now, DtlsRole.Client, roundTripTime);
        Server.Start(Now, DtlsRole.Server, roundTripTime);
    }

    /// <summary>Carries datagrams both ways until neither side has any.</summary>
    public void Exchange()
    {
        bool moved;
        do
        {
            var toServer = Drain(Client);
            Feed(Server, toServer);
            var toClient = Drain(Server);
            Feed(Client, toClient);
            moved = toServer.Count + toClient.Count > 0;
        }
        while (moved);
    }

    public DtlsPair Connected()
    {
        Start();
        Exchange();
        Assert.Equal((DtlsState.Connected, DtlsState.Connected), (Client.State, Server.State));
        return this;
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        _clientContext.Dispose();
        _serverContext.Dispose();
    }
}
