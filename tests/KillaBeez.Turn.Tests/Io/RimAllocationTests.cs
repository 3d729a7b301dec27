using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Tests.Io;

/// <summary>Alone in the process, because it measures what the whole process allocates.</summary>
[CollectionDefinition(nameof(RimAllocationTests), DisableParallelization = true)]
public sealed class RimAllocationCollection;

[Collection(nameof(RimAllocationTests))]
public sealed class RimAllocationTests
{
    private const int Datagrams = 5_000;

    [Theory]
    [InlineData("Udp")]
    [InlineData("Tcp")]
    public async Task Relaying_ToAPeer_AllocatesNothingPerDatagram(string transport)
    {
        await using var server = await TestServer.StartAsync();
        using var client = new LiveClient(server, Enum.Parse<LiveTransport>(transport)).Allocate();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.Bound.TotalMilliseconds };
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = TransportAddress.From((IPEndPoint)peer.LocalEndPoint!);
        client.Send(address, 1);
        LiveClient.RunUntil(() => peer.Available > 0, "the permission", client);
        peer.Receive(new byte[1]);
        var payload = new byte[1_200];
        var received = new byte[1_300];
        Relay(1_000);

        var before = GC.GetTotalAllocatedBytes();
        Relay(Datagrams);
        var perDatagram = (GC.GetTotalAllocatedBytes() - before) / (double)Datagrams;

        Assert.True(perDatagram < 100, $"{perDatagram} bytes a datagram");

        // One at a time, so that each wakes the server. xunit's own Equal would allocate.
        void Relay(int count)
        {
            for (var i = 0; i < count; i++)
            {
                client.Send(address, payload);
                if (peer.Receive(received) != payload.Length)
                {
                    Assert.Fail("another datagram came");
                }
            }
        }
    }
}
