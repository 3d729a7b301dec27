using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>Real sockets on loopback; UDP is kept out by the connections' own filter.</summary>
public sealed class TcpCandidateTests
{
    private static readonly PeerConnectionOptions TcpOnly = new() { RemoteFilter = address => address.IsTcp };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connect_WithoutUdp_TransfersOverTcp(bool offererListens)
    {
        await using var left = Start(offererListens ? 0 : null);
        await using var right = Start(offererListens ? null : 0);
        var transfer = new TransferCheck(16 * 1024 * 1024);
        await using var offerer = left.CreatePeerConnection(TcpOnly);
        await using var answerer = right.CreatePeerConnection(TcpOnly);
        var near = offerer.CreateDataChannel("test");
        var accepting = RtcPair.AcceptAsync(answerer, transfer.Receive);

        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);
        await transfer.SendAsync(near);

        Assert.True(await transfer.Done.WaitAsync(Patience.Bound));
        Assert.Equal(IceTransport.Tcp, offerer.GetStats().SelectedPair!.Transport);
        Assert.Equal(IceTransport.Tcp, answerer.GetStats().SelectedPair!.Transport);
        await accepting;
    }

    [Fact]
    public async Task Connect_UdpAndTcp_UdpIsChosen()
    {
        await using var left = Start(0);
        await using var right = Start(0);
        await using var offerer = left.CreatePeerConnection();
        await using var answerer = right.CreatePeerConnection();
        var near = offerer.CreateDataChannel("test");

        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);

        Assert.Equal(IceTransport.Udp, offerer.GetStats().SelectedPair!.Transport);
    }

    [Fact]
    public async Task Listener_StrangerWithGarbage_IsSentAway()
    {
        await using var endpoint = Start(0);
        await using var connection = endpoint.CreatePeerConnection();
        connection.CreateDataChannel("test");
        var offer = await connection.CreateOfferAsync();
        using var stranger = new TcpClient();

        await stranger.ConnectAsync(IPAddress.Loopback, PassivePort(offer.Sdp));
        await stranger.GetStream().WriteAsync(new byte[] { 0, 4, 1, 2, 3, 4 });

        // The end of the stream, or a reset: either way nobody listens to it any more.
        Assert.True(await EndsAsync(stranger.GetStream()));
    }

    [Fact]
    public async Task Listener_PeerIsOver_ItsConnectionIsClosed()
    {
        await using var left = Start(0);
        await using var right = Start(null);
        await using var offerer = left.CreatePeerConnection(TcpOnly);
        var answerer = right.CreatePeerConnection(TcpOnly);
        var near = offerer.CreateDataChannel("test");
        await RtcPair.NegotiateAsync(offerer, answerer);
        await RtcPair.OpensAsync(near);

        await answerer.DisposeAsync();

        await RtcPair.ReachesAsync(offerer, PeerConnectionState.Closed);
        Assert.Equal(PeerConnectionCloseReason.Remote, offerer.CloseReason);
    }

    private static RtcEndpoint Start(int? tcpPort) => RtcEndpoint.Start(new RtcEndpointOptions
    {
        BindAddresses = [new IPEndPoint(IPAddress.Loopback, 0)],
        AllowLoopback = true,
        TcpPort = tcpPort,
    });

    private static int PassivePort(string sdp)
    {
        var line = sdp.Split("\r\n").Single(l => l.Contains("tcptype passive", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[5], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<bool> EndsAsync(NetworkStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[16]).AsTask().WaitAsync(Patience.Bound) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
