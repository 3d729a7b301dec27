using KillaBeez.Turn.Tests.Engine;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Tests.Abuse;

/// <summary>Bytes that mean nothing, or nearly something: nothing is thrown, nothing grows.</summary>
public sealed class GarbageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomBytes_AreDropped(int seed)
    {
        var random = new SeededRandomSource((ulong)seed);
        var server = new ServerHarness(seed: (ulong)seed);
        var client = new ScriptedClient(server);
        var relayed = client.Allocate().Relayed!.Value;
        var buffer = new byte[3_000];
        for (var i = 0; i < 20_000; i++)
        {
            random.Fill(buffer);
            var bytes = buffer.AsSpan(0, random.NextInt32(0, i % 100 == 0 ? buffer.Length : 80));
            server.Deliver(client.Tuple, bytes);
            server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:1"), relayed, bytes);
        }

        Assert.Empty(server.ToPeers);
        Assert.Empty(server.ToClients);
        Assert.Single(server.Relays);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void MutatedMessages_NeverThrowAndNeverReachAPeerWithoutPermission(int seed)
    {
        var random = new SeededRandomSource((ulong)seed);
        var server = new ServerHarness(seed: (ulong)seed);
        var client = new ScriptedClient(server);
        client.Allocate();
        client.Bind(0x4000, "8.8.8.8:7");
        byte[][] corpus =
        [
            client.Build(StunMessageType.AllocateRequest, client.NextTransaction(), ScriptedClient.AddUdp),
            client.Build(StunMessageType.RefreshRequest, client.NextTransaction(), withFingerprint: true),
            client.Build(StunMessageType.CreatePermissionRequest, client.NextTransaction(), AddPeer),
            client.Build(StunMessageType.ChannelBindRequest, client.NextTransaction(), AddPeer),
            client.Build(StunMessageType.SendIndication, client.NextTransaction(), AddPeer),
            client.Build(StunMessageType.BindingRequest, client.NextTransaction()),
            [0x40, 0, 0, 3, 1, 2, 3],
        ];
        for (var i = 0; i < 30_000; i++)
        {
            var bytes = (byte[])corpus[random.NextInt32(0, corpus.Length)].Clone();
            for (var changes = random.NextInt32(1, 5); changes > 0; changes--)
            {
                bytes[random.NextInt32(0, bytes.Length)] = (byte)random.NextUInt32();
            }

            server.Deliver(client.Tuple, bytes.AsSpan(0, random.NextInt32(1, bytes.Length + 1)));
            server.ToClients.Clear();
            while (server.ToPeers.TryDequeue(out var item))
            {
                Assert.Equal(ServerHarness.Parse("8.8.8.8:0"), KillaBeez.Turn.Peers.OwnAddresses.WithoutPort(item.Peer));
            }
        }

        Assert.Equal(1, server.Engine.AllocationCount);
        Assert.Single(server.Relays);

        static void AddPeer(ref StunWriter w) => KillaBeez.WebRtc.Turn.XorPeerAddressAttribute.Write(ref w, ServerHarness.Parse("8.8.8.8:7"));
    }

    [Fact]
    public void Requests_TruncatedAnywhere_AreDropped()
    {
        var server = new ServerHarness();
        var client = new ScriptedClient(server);
        client.Greet();
        var request = client.Build(StunMessageType.AllocateRequest, client.NextTransaction(), ScriptedClient.AddUdp, withFingerprint: true);
        for (var length = 0; length < request.Length; length++)
        {
            Assert.Null(client.Send(request.AsSpan(0, length)));
        }

        Assert.True(client.Send(request)!.IsSuccess);
    }

    [Fact]
    public void Users_MadeUpByTheThousand_LeaveNoAccount()
    {
        var server = new ServerHarness();
        for (var i = 0; i < 5_000; i++)
        {
            var client = new ScriptedClient(server, $"9.{i >> 8}.{i & 255}.1:1", $"user{i}", "x") { Nonce = "0123456789abcdef" };
            client.TryAllocate();
        }

        Assert.Equal(0, server.Engine.AllocationCount);
        Assert.Equal(Instant.Never, server.Engine.NextTimeout);
    }
}
