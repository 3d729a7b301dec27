using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Engine;

/// <summary>Our TURN client against our TURN server, engine to engine.</summary>
public sealed class TurnClientTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(0.0, 1, false)]
    [InlineData(0.0, 1, true)]
    [InlineData(0.1, 2, false)]
    [InlineData(0.3, 3, false)]
    [InlineData(0.3, 4, false)]
    public void TwoClients_AllocateAndTalkOverChannels(double loss, int seed, bool overTcp)
    {
        var network = new ClientNetwork(new ServerHarness(seed: (ulong)seed), loss, (ulong)seed);
        var left = network.Add("9.0.0.1:1000", overTcp);
        var right = network.Add("9.0.0.2:2000", overTcp);
        network.RunUntil(() => left.Turn.State == TurnClientState.Allocated && right.Turn.State == TurnClientState.Allocated, _minute);
        var (leftAddress, rightAddress) = (left.Turn.RelayedAddress!.Value, right.Turn.RelayedAddress!.Value);
        Assert.Equal(left.Tuple.Client, left.Turn.MappedAddress);

        network.RunUntil(
            () =>
            {
                network.Send(left, rightAddress, 1, 2, 3);
                network.Send(right, leftAddress, 4, 5);
                return left.OnChannels > 20 && right.OnChannels > 20;
            },
            _minute);

        Assert.All(right.Received, item => Assert.Equal(leftAddress, item.Peer));
        Assert.All(right.Received, item => Assert.Equal([1, 2, 3], item.Payload));
        Assert.All(left.Received, item => Assert.Equal(rightAddress, item.Peer));
        Assert.All(left.Received, item => Assert.Equal([4, 5], item.Payload));
    }

    [Theory]
    [InlineData(0.0, 5)]
    [InlineData(0.2, 6)]
    public void Allocation_InUse_LivesOnForHours(double loss, int seed)
    {
        // Nonces end every hour, credentials after ten minutes; allocation, permissions and channels are refreshed all along.
        var server = new ServerHarness(seed: (ulong)seed);
        var credentials = TurnCredentials.Create(ServerHarness.Secret, "carol", TimeSpan.FromMinutes(10), ServerHarness.WallStart);
        var network = new ClientNetwork(server, loss, (ulong)seed);
        var left = network.Add("9.0.0.1:1000", username: credentials.Username, password: credentials.Password);
        var right = network.Add("9.0.0.2:2000");
        network.RunUntil(() => left.Turn.State == TurnClientState.Allocated && right.Turn.State == TurnClientState.Allocated, _minute);
        var (leftAddress, rightAddress) = (left.Turn.RelayedAddress!.Value, right.Turn.RelayedAddress!.Value);

        for (var i = 0; i < 150; i++)
        {
            network.Run(_minute);
            network.Send(left, rightAddress, 1);
            network.Send(right, leftAddress, 2);
        }

        var before = (left.OnChannels, right.OnChannels);
        network.RunUntil(
            () =>
            {
                network.Send(left, rightAddress, 1);
                network.Send(right, leftAddress, 2);
                return left.OnChannels > before.Item1 + 10 && right.OnChannels > before.Item2 + 10;
            },
            _minute);
        Assert.Equal(leftAddress, left.Turn.RelayedAddress);
        Assert.Equal(2, server.Relays.Count);
        Assert.DoesNotContain(left.Events, e => e.Kind != TurnEventKind.Allocated);
    }

    [Fact]
    public void Client_WithAWrongPassword_FailsAndLeavesNothing()
    {
        var server = new ServerHarness();
        var network = new ClientNetwork(server, loss: 0, seed: 7);
        var client = network.Add("9.0.0.1:1000", password: "wrong");

        network.RunUntil(() => client.Turn.State == TurnClientState.Failed, _minute);

        Assert.Equal(401, client.Turn.Failure!.Code!.Value.Value);
        Assert.Equal(0, server.Engine.AllocationCount);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    public void Client_ThatCloses_GivesItsRelayBack(double loss)
    {
        var server = new ServerHarness();
        var network = new ClientNetwork(server, loss, seed: 8);
        var client = network.Add("9.0.0.1:1000");
        network.RunUntil(() => client.Turn.State == TurnClientState.Allocated, _minute);

        client.Turn.Close(server.Now);

        network.RunUntil(() => server.Relays.Count == 0, _minute);
    }

    [Fact]
    public void Client_OverItsQuota_FailsWithTheReason()
    {
        var server = new ServerHarness(o => o with { PerUser = TurnQuota.UserDefault with { Allocations = 1 } });
        var network = new ClientNetwork(server, loss: 0, seed: 9);
        var first = network.Add("9.0.0.1:1000");
        network.RunUntil(() => first.Turn.State == TurnClientState.Allocated, _minute);
        var second = network.Add("9.0.0.1:1001");

        network.RunUntil(() => second.Turn.State == TurnClientState.Failed, _minute);

        Assert.Equal(486, second.Turn.Failure!.Code!.Value.Value);
    }

    [Fact]
    public void Client_OnTheSocketOfOneThatVanished_IsSentToANewSocket()
    {
        var server = new ServerHarness();
        var network = new ClientNetwork(server, loss: 0, seed: 10);
        var first = network.Add("9.0.0.1:1000");
        network.RunUntil(() => first.Turn.State == TurnClientState.Allocated, _minute);
        network.Clients.Clear();
        var second = network.Add("9.0.0.1:1000");

        network.RunUntil(() => second.Events.Count > 0, _minute);

        Assert.Equal(TurnEventKind.NeedsNewSocket, Assert.Single(second.Events).Kind);
    }

    [Fact]
    public void Client_SendingToAForbiddenPeer_KeepsItsAllocation()
    {
        var server = new ServerHarness();
        var network = new ClientNetwork(server, loss: 0, seed: 11);
        var client = network.Add("9.0.0.1:1000");
        network.RunUntil(() => client.Turn.State == TurnClientState.Allocated, _minute);

        for (var i = 0; i < 100; i++)
        {
            network.Send(client, ServerHarness.Parse("192.168.1.1:53"), 1);
            network.Run(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(TurnClientState.Allocated, client.Turn.State);
        Assert.Empty(server.ToPeers);
        Assert.True(server.Engine.Counts.PeersForbidden > 0);
    }
}
