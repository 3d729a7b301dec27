using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KillaBeez.Tests;
using KillaBeez.Turn;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>Endpoints that reach each other through our own TURN server, all on loopback.</summary>
public sealed class RelayTests
{
    private const string User = "me";
    private const string Password = "a password, with commas";

    private static readonly PeerConnectionOptions RelayOnly = new() { IceTransportPolicy = IceTransportPolicy.Relay };

    [Theory]
    [InlineData("turn:{0}")]
    [InlineData("turn:{0}?transport=tcp")]
    [InlineData("turns:{1}")]
    public async Task Connect_OneSideRelayed_TransfersAndShowsNoAddress(string url)
    {
        await using var server = await StartServerAsync();
        await using var left = Start(ServerOf(server, url));
        await using var right = Start();
        var transfer = new TransferCheck(8 * 1024 * 1024);
        await using var offerer = left.CreatePeerConnection(RelayOnly);
        await using var answerer = right.CreatePeerConnection();
        var near = offerer.CreateDataChannel("test");
        var accepting = RtcPair.AcceptAsync(answerer, transfer.Receive);

        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);
        await transfer.SendAsync(near);

        Assert.True(await transfer.Done.WaitAsync(Patience.Bound));
        Assert.Equal(IceCandidateType.Relayed, offerer.GetStats().SelectedPair!.LocalType);
        Assert.Equal(IceCandidateType.Relayed, answerer.GetStats().SelectedPair!.RemoteType);
        var candidates = Candidates(offerer.LocalDescription!);
        Assert.All(candidates, line => Assert.Contains(" typ relay raddr 0.0.0.0 rport 0", line));
        Assert.DoesNotContain(left.LocalEndPoints[0].Port.ToString(System.Globalization.CultureInfo.InvariantCulture), string.Concat(candidates));
        Assert.True(server.GetStatistics().BytesToPeers > 8 * 1024 * 1024);
        await accepting;
    }

    [Fact]
    public async Task Connect_BothSidesRelayed_TwoConnectionsShareOneAllocationEach()
    {
        await using var server = await StartServerAsync();
        await using var left = Start(ServerOf(server, "turn:{0}"));
        await using var right = Start(ServerOf(server, "turn:{0}?transport=tcp"));
        await using var third = Start(ServerOf(server, "turn:{0}"));

        foreach (var other in new[] { right, third })
        {
            var transfer = new TransferCheck(1024 * 1024);
            var offerer = left.CreatePeerConnection(RelayOnly);
            var answerer = other.CreatePeerConnection(RelayOnly);
            var near = offerer.CreateDataChannel("test");
            var accepting = RtcPair.AcceptAsync(answerer, transfer.Receive);
            await RtcPair.NegotiateAsync(offerer, answerer);
            await RtcPair.OpensAsync(near);
            await transfer.SendAsync(near);
            Assert.True(await transfer.Done.WaitAsync(Patience.Bound));
            await accepting;
        }

        Assert.Equal(3, server.GetStatistics().Allocations);
    }

    /// <summary>Over TCP the connection breaks; over UDP the server is silent, and then knows nothing of the allocation.</summary>
    [Theory]
    [InlineData("turn:{0}")]
    [InlineData("turn:{0}?transport=tcp")]
    public async Task Server_RestartsUnderATransfer_NothingIsLost(string url)
    {
        var server = await StartServerAsync();
        var at = url.Contains("tcp", StringComparison.Ordinal) ? server.TcpEndPoints[0] : server.UdpEndPoints[0];
        await using var left = Start(ServerOf(server, url));
        await using var right = Start();
        var transfer = new TransferCheck(16 * 1024 * 1024);
        await using var offerer = left.CreatePeerConnection(RelayOnly);
        await using var answerer = right.CreatePeerConnection();
        var near = offerer.CreateDataChannel("test");
        var accepting = RtcPair.AcceptAsync(answerer, transfer.Receive);
        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);

        await transfer.SendAsync(near, atMessage: 400, async () =>
        {
            await server.DisposeAsync();
            server = await StartServerAsync(at.Port);
        });

        Assert.True(await transfer.Done.WaitAsync(Patience.Bound));
        await accepting;
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Start_WrongPassword_IsReportedAndDescriptionsDoNotWait()
    {
        await using var server = await StartServerAsync();
        var failed = new TaskCompletionSource<IceServerFailedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var endpoint = Start();
        endpoint.IceServerFailed += (_, e) => failed.TrySetResult(e);
        endpoint.SetIceServers([IceServer.Create($"turn:{server.UdpEndPoints[0]}", User, "not the password")]);

        var failure = await failed.Task.WaitAsync(Patience.Bound);
        await using var connection = endpoint.CreatePeerConnection();
        connection.CreateDataChannel("test");
        var offer = await connection.CreateOfferAsync();

        Assert.Equal(server.UdpEndPoints[0].ToString(), failure.Server);
        Assert.DoesNotContain("not the password", failure.Reason);
        Assert.DoesNotContain("typ relay", offer.Sdp);
        Assert.Contains("a=end-of-candidates", offer.Sdp);
    }

    /// <summary>Each time the server's name is looked up, which takes longer than saying it again.</summary>
    [Fact]
    public async Task SetIceServers_SameServerAgainAtOnce_HasOneAllocation()
    {
        await using var server = await StartServerAsync();
        await using var endpoint = Start(ServerOf(server, "turn:{0}"));
        for (var i = 0; i < 5; i++)
        {
            endpoint.SetIceServers([ServerOf(server, "turn:{0}")]);
        }

        await using var connection = endpoint.CreatePeerConnection();
        connection.CreateDataChannel("test");
        var offer = await connection.CreateOfferAsync();

        Assert.Single(Candidates(offer), line => line.Contains(" typ relay", StringComparison.Ordinal));
        Assert.Equal(1, server.GetStatistics().AllocationsMade);
    }

    [Fact]
    public async Task SetIceServers_ServerIsTakenAway_ItsRelayIsGivenBack()
    {
        await using var server = await StartServerAsync();
        await using var endpoint = Start(ServerOf(server, "turn:{0}"));
        await using var before = endpoint.CreatePeerConnection();
        before.CreateDataChannel("test");
        Assert.Contains("typ relay", (await before.CreateOfferAsync()).Sdp);

        endpoint.SetIceServers([]);
        await using var after = endpoint.CreatePeerConnection();
        after.CreateDataChannel("test");

        Assert.DoesNotContain("typ relay", (await after.CreateOfferAsync()).Sdp);
        await WaitUntil.HoldsAsync(() => server.GetStatistics().Allocations == 0);
    }

    [Fact]
    public async Task Trickle_Relay_ComesAsACandidateAndThenTheEnd()
    {
        await using var server = await StartServerAsync();
        await using var endpoint = Start(ServerOf(server, "turn:{0}"));
        await using var connection = endpoint.CreatePeerConnection(new PeerConnectionOptions { TrickleCandidates = true });
        var candidates = new List<string>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.IceCandidateFound += (_, candidate) =>
        {
            candidates.Add(candidate);
            if (candidate.Length == 0)
            {
                ended.TrySetResult();
            }
        };
        connection.CreateDataChannel("test");

        var offer = await connection.CreateOfferAsync();
        await connection.SetLocalDescriptionAsync(offer);
        await ended.Task.WaitAsync(Patience.Bound);

        Assert.DoesNotContain("a=candidate", offer.Sdp);
        Assert.Contains(candidates, candidate => candidate.Contains("typ relay", StringComparison.Ordinal));
        Assert.Equal(candidates.Distinct(), candidates);
        Assert.Equal(IceGatheringState.Complete, connection.IceGatheringState);
    }

    private static async Task<TurnServer> StartServerAsync(int port = 0)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return await TurnServer.StartAsync(new TurnServerOptions
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, port)],
            ListenTls = [new IPEndPoint(IPAddress.Loopback, 0)],
            TlsCertificate = certificate,
            Users = new Dictionary<string, string> { [User] = Password },
            AllowedPeerNetworks = [IPNetwork.Parse("127.0.0.0/8")],
        });
    }

    private static IceServer ServerOf(TurnServer server, string url) => IceServer.Create(
        string.Format(
            System.Globalization.CultureInfo.InvariantCulture,
            url,
            url.Contains("tcp", StringComparison.Ordinal) ? server.TcpEndPoints[0] : server.UdpEndPoints[0],
            server.TlsEndPoints[0]),
        User,
        Password);

    private static RtcEndpoint Start(params IceServer[] servers) => RtcEndpoint.Start(new RtcEndpointOptions
    {
        BindAddresses = [new IPEndPoint(IPAddress.Loopback, 0)],
        AllowLoopback = true,
        IceServers = servers,
        AcceptAnyServerCertificate = true,
    });

    private static string[] Candidates(SessionDescription description) =>
        [.. description.Sdp.Split("\r\n").Where(line => line.StartsWith("a=candidate", StringComparison.Ordinal))];
}
