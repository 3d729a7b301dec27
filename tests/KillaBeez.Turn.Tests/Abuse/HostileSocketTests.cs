using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.Turn.Tests.Io;
using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Tests.Abuse;

/// <summary>What can be done to the sockets; meanwhile others must be served.</summary>
public sealed class HostileSocketTests
{
    [Fact]
    public async Task Stream_OfGarbage_IsClosedAtOnce()
    {
        await using var server = await TestServer.StartAsync();
        using var socket = Connect(server.TcpEndPoints[0]);

        socket.Send("GET / HTTP/1.1\r\n\r\n"u8);

        Assert.Equal(0, await ReceiveToEndAsync(socket));
        LiveClient.RunUntil(() => server.GetStatistics().Streams == 0, "the end of the stream");
    }

    [Fact]
    public async Task TlsPort_OfGarbage_IsClosedAtOnce()
    {
        await using var server = await TestServer.StartAsync(TestServer.WithTls);
        using var socket = Connect(server.TlsEndPoints[0]);

        socket.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);

        await ReceiveToEndAsync(socket);
        LiveClient.RunUntil(() => server.GetStatistics().Streams == 0, "the end of the stream");
    }

    [Fact]
    public async Task Streams_HalfOpenByTheDozen_LeaveRoomForAClientAndGoWhenTheServerStops()
    {
        await using var server = await TestServer.StartAsync(TestServer.WithTls);
        var halfOpen = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            // Nothing at all, half a header, and the first byte of a TLS handshake.
            halfOpen.Add(Connect(i % 3 == 2 ? server.TlsEndPoints[0] : server.TcpEndPoints[0]));
            halfOpen[^1].Send(i % 3 == 0 ? [] : i % 3 == 1 ? [0, 3, 0] : [22]);
        }

        using var client = new LiveClient(server, LiveTransport.Tls).Allocate();

        LiveClient.RunUntil(() => server.GetStatistics().Streams == 41, "all streams");
        await server.DisposeAsync().AsTask().WaitAsync(Patience.Bound);
        halfOpen.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Streams_BeyondTheLimit_AreClosedAndCounted()
    {
        await using var server = await TestServer.StartAsync(o => o with { MaxStreamsPerSource = 3 });
        var open = Enumerable.Range(0, 3).Select(_ => Connect(server.TcpEndPoints[0])).ToList();
        LiveClient.RunUntil(() => server.GetStatistics().Streams == 3, "three streams");

        using var fourth = Connect(server.TcpEndPoints[0]);

        Assert.Equal(0, await ReceiveToEndAsync(fourth));
        Assert.Equal(1, server.GetStatistics().StreamsRefused);
        open[0].Dispose();
        LiveClient.RunUntil(() => server.GetStatistics().Streams == 2, "one stream less");
        using var client = new LiveClient(server, LiveTransport.Tcp).Allocate();
        open.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task SlowReader_LosesMessagesInsteadOfMemoryAndOthersAreServed()
    {
        await using var server = await TestServer.StartAsync();
        using var slow = new LiveClient(server, LiveTransport.Tcp).Allocate();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        peer.Connect(slow.Relayed.ToIPEndPoint());
        slow.Send(TransportAddress.From((IPEndPoint)peer.LocalEndPoint!), 1);
        LiveClient.RunUntil(() => peer.Available > 0, "the permission", slow);

        await slow.Read.WaitAsync();
        var payload = new byte[1_500];
        LiveClient.RunUntil(
            () =>
            {
                peer.Send(payload);
                return server.GetStatistics().DroppedByStreams > 1_000;
            },
            "the queue of the slow client to be full");

        using var other = new LiveClient(server, LiveTransport.Tcp).Allocate();
        slow.Read.Release();
        LiveClient.RunUntil(() => slow.Received.Count > 100, "what was kept", slow);
        Assert.All(slow.Received, item => Assert.Equal(payload.Length, item.Payload.Length));

        // The stream is whole after the loss: what is sent now arrives.
        var last = new byte[7];
        LiveClient.RunUntil(
            () =>
            {
                peer.Send(last);
                return slow.Received[^1].Payload.Length == last.Length;
            },
            "what came after the loss",
            slow);
    }

    [Fact]
    public async Task Garbage_OnEveryPort_LeavesAClientAlone()
    {
        await using var server = await TestServer.StartAsync();
        using var client = new LiveClient(server, LiveTransport.Udp).Allocate();
        using var other = new LiveClient(server, LiveTransport.Udp).Allocate();
        using var attacker = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var random = new SeededRandomSource(3);
        var garbage = new byte[600];
        LiveClient.RunUntil(
            () =>
            {
                random.Fill(garbage);
                attacker.SendTo(garbage.AsSpan(0, random.NextInt32(0, garbage.Length)), SocketFlags.None, server.UdpEndPoints[0]);
                attacker.SendTo(garbage.AsSpan(0, random.NextInt32(0, garbage.Length)), SocketFlags.None, client.Relayed.ToIPEndPoint());
                client.Send(other.Relayed, 1, 2, 3);
                other.Send(client.Relayed, 4, 5, 6);
                return client.OnChannels > 300 && other.OnChannels > 300;
            },
            "data beside the garbage",
            client,
            other);

        // The attacker's address is permitted, because it is the address of this machine: its datagrams are relayed,
        // and come as what they are, from another port.
        Assert.All(client.Received.Where(item => item.Peer == other.Relayed), item => Assert.Equal([4, 5, 6], item.Payload));
        Assert.True(server.GetStatistics().DroppedMalformed > 0);
    }

    private static Socket Connect(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(endPoint);
        return socket;
    }

    /// <summary>The bytes that come before the server closes the connection.</summary>
    private static async Task<int> ReceiveToEndAsync(Socket socket)
    {
        var buffer = new byte[1_000];
        var total = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Patience.Bound) is > 0 and var received)
            {
                total += received;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with bytes of ours unread.
        }

        return total;
    }
}
