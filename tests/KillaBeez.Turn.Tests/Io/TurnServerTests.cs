using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Io;

/// <summary>The server on real sockets, with our own client.</summary>
public sealed class TurnServerTests
{
    [Theory]
    [InlineData("Udp", "Udp")]
    [InlineData("Tcp", "Tcp")]
    [InlineData("Tls", "Tls")]
    [InlineData("Udp", "Tls")]
    public async Task TwoClients_TalkThroughTheirRelays(string leftTransport, string rightTransport)
    {
        await using var server = await TestServer.StartAsync(TestServer.WithTls);
        using var left = new LiveClient(server, Enum.Parse<LiveTransport>(leftTransport)).Allocate();
        using var right = new LiveClient(server, Enum.Parse<LiveTransport>(rightTransport)).Allocate();
        var payload = new byte[1_200];
        new SeededRandomSource(1).Fill(payload);

        LiveClient.RunUntil(
            () =>
            {
                left.Send(right.Relayed, payload);
                right.Send(left.Relayed, payload);
                return left.OnChannels > 100 && right.OnChannels > 100;
            },
            "channels",
            left,
            right);

        Assert.All(left.Received.Concat(right.Received), item => Assert.Equal(payload, item.Payload));
        Assert.All(left.Received, item => Assert.Equal(right.Relayed, item.Peer));
        var statistics = server.GetStatistics();
        Assert.Equal(2, statistics.Allocations);
        Assert.True(statistics.BytesToPeers >= 200 * 1_200);
        left.Close();
        right.Close();
        LiveClient.RunUntil(() => server.GetStatistics().Allocations == 0, "the end of the allocations");
    }

    [Fact]
    public async Task Client_AndAPlainSocket_ExchangeDatagramsEmptyOnesToo()
    {
        await using var server = await TestServer.StartAsync();
        using var client = new LiveClient(server, LiveTransport.Udp).Allocate();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = TransportAddress.From((IPEndPoint)peer.LocalEndPoint!);
        client.Send(address, 1, 2, 3);
        LiveClient.RunUntil(() => peer.Available > 0, "the first datagram", client);
        var buffer = new byte[100];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal(3, peer.ReceiveFrom(buffer, ref from));
        Assert.Equal(client.Relayed.ToIPEndPoint(), from);

        peer.SendTo([], from);
        peer.SendTo([9], from);
        LiveClient.RunUntil(() => client.Received.Count == 2, "both answers", client);
        client.Send(address);

        Assert.Equal([[], [9]], client.Received.Select(item => item.Payload));
        Assert.True(peer.Poll(Patience.Bound, SelectMode.SelectRead));
        Assert.Equal(0, peer.ReceiveFrom(buffer, ref from));
    }

    [Fact]
    public async Task Binding_OverUdpAndTcp_ShowsTheClientsAddress()
    {
        await using var server = await TurnServer.StartAsync(new TurnServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], StunOnly = true });
        foreach (var (endPoint, type, protocol) in new[] { (server.UdpEndPoints[0], SocketType.Dgram, ProtocolType.Udp), (server.TcpEndPoints[0], SocketType.Stream, ProtocolType.Tcp) })
        {
            using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
            socket.Connect(endPoint);
            socket.Send(BindingRequest());
            var buffer = new byte[100];
            Assert.True(socket.Poll(Patience.Bound, SelectMode.SelectRead));
            var received = socket.Receive(buffer);

            Assert.True(StunMessage.TryParse(buffer.AsSpan(0, received), out var answer, out _));
            Assert.True(XorMappedAddressAttribute.TryRead(answer, out var mapped));
            Assert.Equal(socket.LocalEndPoint, mapped.ToIPEndPoint());
        }
    }

    [Fact]
    public async Task RelayPorts_AllTaken_Are508AndFreeAgainAfterwards()
    {
        var first = FreePort();
        await using var server = await TestServer.StartAsync(o => o with { MinRelayPort = first, MaxRelayPort = first });
        using var client = new LiveClient(server, LiveTransport.Udp).Allocate();
        Assert.Equal(first, client.Relayed.Port);

        using var second = new LiveClient(server, LiveTransport.Udp);
        LiveClient.RunUntil(() => second.Turn.State == TurnClientState.Failed, "the refusal", second);
        Assert.Equal(508, second.Turn.Failure!.Code!.Value.Value);

        client.Close();
        using var third = new LiveClient(server, LiveTransport.Udp).Allocate();
        Assert.Equal(first, third.Relayed.Port);
    }

    [Fact]
    public async Task Stop_WithClients_ClosesEverythingAndThePortsAreFree()
    {
        var server = await TestServer.StartAsync(TestServer.WithTls);
        using var udp = new LiveClient(server, LiveTransport.Udp).Allocate();
        using var tcp = new LiveClient(server, LiveTransport.Tcp).Allocate();
        using var tls = new LiveClient(server, LiveTransport.Tls).Allocate();
        var (listening, relayed) = (server.UdpEndPoints[0], udp.Relayed.ToIPEndPoint());

        await server.DisposeAsync().AsTask().WaitAsync(Patience.Bound);

        await tcp.Reading.WaitAsync(Patience.Bound);
        await tls.Reading.WaitAsync(Patience.Bound);
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(relayed);
        await using var again = await TestServer.StartAsync(o => o with { Listen = [listening], ListenTcp = false });
        Assert.Equal(listening, again.UdpEndPoints[0]);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Start_WithoutWhatItNeeds_SaysWhatIsMissing()
    {
        var any = new IPEndPoint(IPAddress.Any, 0);
        var users = TestServer.Options.Users;
        await Refuses(new TurnServerOptions(), "No address to listen on");
        await Refuses(new TurnServerOptions { Listen = [any] }, "without a secret or a user");
        await Refuses(new TurnServerOptions { Listen = [any], Users = users }, "which of them relayed data leaves from");
        await Refuses(new TurnServerOptions { ListenTls = [any], Users = users }, "certificate");
        await Refuses(TestServer.Options with { Realm = new string('x', 65) }, "realm");
        await Refuses(TestServer.Options with { Secrets = [""] }, "none of them empty");
        await Refuses(TestServer.Options with { MinRelayPort = 10, MaxRelayPort = 9 }, "MinRelayPort");
        await Refuses(TestServer.Options with { RelayAddresses = [IPAddress.Any] }, "real addresses");

        static async Task Refuses(TurnServerOptions options, string because)
        {
            var refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => TurnServer.StartAsync(options));
            Assert.Contains(because, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Start_OnAPortInUse_ThrowsAndLeavesNothingOpen()
    {
        await using var server = await TestServer.StartAsync();
        var free = FreePort();

        await Assert.ThrowsAsync<SocketException>(() => TestServer.StartAsync(o => o with { Listen = [new IPEndPoint(IPAddress.Loopback, free), server.UdpEndPoints[0]] }));

        await using var other = await TestServer.StartAsync(o => o with { Listen = [new IPEndPoint(IPAddress.Loopback, free)] });
    }

    [Fact]
    public void Options_AsText_ShowNoCredentials()
    {
        var text = (TestServer.Options with { Secrets = ["top secret"] }).ToString();

        Assert.DoesNotContain(TestServer.Password, text, StringComparison.Ordinal);
        Assert.DoesNotContain("top secret", text, StringComparison.Ordinal);
    }

    private static byte[] BindingRequest()
    {
        var buffer = new byte[StunHeader.Bytes];
        _ = new StunWriter(buffer, StunMessageType.BindingRequest, StunTransactionId.NewRandom(SystemRandomSource.Instance));
        return buffer;
    }

    /// <summary>A port that is free now, and that the system does not give to anybody who asks for any.</summary>
    private static int FreePort()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var port = Random.Shared.Next(12_000, 32_000);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: another.
            }
        }
    }
}
