using KillaBeez.Turn.Tests.Engine;

namespace KillaBeez.Turn.Tests.Abuse;

public sealed class QuotaTests
{
    private static readonly TurnQuota _small = new() { Allocations = 2, Peers = 3, BytesPerSecond = 1_000, TotalBytes = 5_000 };
    private static readonly TurnQuota _large = TurnQuota.SourceDefault;

    private static ServerHarness PerUser(TurnQuota? quota = null) => new(o => o with { PerUser = quota ?? _small, PerSource = _large });

    private static ServerHarness PerSource(TurnQuota? quota = null) => new(o => o with { PerUser = _large, PerSource = quota ?? _small });

    [Fact]
    public void User_WithAllItsAllocations_Gets486FromWhereverItComes()
    {
        var server = PerUser();
        var first = new ScriptedClient(server, "9.0.0.1:1");
        first.Allocate();
        new ScriptedClient(server, "9.0.0.2:1").Allocate();
        var third = new ScriptedClient(server, "9.0.0.3:1");
        third.Greet();

        Assert.Equal(486, third.TryAllocate()!.Error);
        first.Refresh(0);
        Assert.True(third.TryAllocate()!.IsSuccess);
    }

    [Fact]
    public void User_WithManyCredentials_IsStillOne()
    {
        var server = PerUser();
        for (var i = 0; i < 3; i++)
        {
            var credentials = TurnCredentials.Create(ServerHarness.Secret, "carol", TimeSpan.FromHours(1 + i), ServerHarness.WallStart);
            var client = new ScriptedClient(server, $"9.0.0.{i}:1", credentials.Username, credentials.Password);
            client.Greet();
            Assert.Equal(i < 2 ? null : 486, client.TryAllocate()!.Error);
        }
    }

    [Fact]
    public void Source_WithAllItsAllocations_Gets486WhoeverItIs()
    {
        var server = PerSource();
        for (var i = 0; i < 3; i++)
        {
            var credentials = TurnCredentials.Create(ServerHarness.Secret, $"user{i}", TimeSpan.FromHours(1), ServerHarness.WallStart);
            var client = new ScriptedClient(server, $"9.0.0.1:{i + 1}", credentials.Username, credentials.Password);
            client.Greet();
            Assert.Equal(i < 2 ? null : 486, client.TryAllocate()!.Error);
        }

        new ScriptedClient(server, "9.0.0.2:1").Allocate();
    }

    [Fact]
    public void Server_WithAllItsAllocations_Gives508()
    {
        var server = new ServerHarness(o => o with { MaxAllocations = 1 });
        new ScriptedClient(server, "9.0.0.1:1").Allocate();
        var second = new ScriptedClient(server, "9.0.0.2:1");
        second.Greet();

        Assert.Equal(508, second.TryAllocate()!.Error);
    }

    [Fact]
    public void Peers_BeyondTheQuota_Are508AndThoseThereAreStay()
    {
        var server = PerUser();
        var client = new ScriptedClient(server);
        client.Allocate();

        Assert.True(client.Permit("8.0.0.1:1", "8.0.0.2:1", "8.0.0.3:1")!.IsSuccess);
        Assert.Equal(508, client.Permit("8.0.0.4:1")!.Error);
        Assert.Equal(508, client.Bind(0x4000, "8.0.0.4:1")!.Error);
        Assert.True(client.Permit("8.0.0.1:1", "8.0.0.2:1", "8.0.0.3:1")!.IsSuccess);
    }

    [Fact]
    public void Peers_WhosePermissionEnded_MakeRoom()
    {
        var server = PerUser();
        var client = new ScriptedClient(server);
        client.Allocate();
        client.Permit("8.0.0.1:1", "8.0.0.2:1", "8.0.0.3:1");
        server.Pass(TimeSpan.FromSeconds(301));

        Assert.True(client.Permit("8.0.0.4:1")!.IsSuccess);
    }

    [Fact]
    public void Peers_OfAnAllocationThatEnds_MakeRoom()
    {
        var server = PerUser();
        var first = new ScriptedClient(server);
        first.Allocate();
        first.Permit("8.0.0.1:1", "8.0.0.2:1", "8.0.0.3:1");
        first.Refresh(0);
        var second = new ScriptedClient(server, "9.0.0.2:1");
        second.Allocate();

        Assert.True(second.Permit("8.0.0.4:1", "8.0.0.5:1", "8.0.0.6:1")!.IsSuccess);
    }

    [Fact]
    public void Permissions_OfOneAllocation_AreBounded()
    {
        var server = new ServerHarness(o => o with { PerUser = _large });
        var client = new ScriptedClient(server);
        client.Allocate();
        for (var i = 0; i < TurnServerLimits.MaxPermissionsPerAllocation; i++)
        {
            Assert.True(client.Permit($"8.0.{i / 200}.{i % 200}:1")!.IsSuccess);
        }

        Assert.Equal(508, client.Permit("8.8.8.8:1")!.Error);
    }

    [Fact]
    public void Channels_OfOneAllocation_AreBounded()
    {
        var client = new ScriptedClient(new ServerHarness(o => o with { PerUser = _large }));
        client.Allocate();
        for (var i = 0; i < TurnServerLimits.MaxChannelsPerAllocation; i++)
        {
            Assert.True(client.Bind((ushort)(0x4000 + i), $"8.0.0.1:{i + 1}")!.IsSuccess);
        }

        Assert.Equal(508, client.Bind(0x4FFF, "8.0.0.1:9999")!.Error);
        Assert.True(client.Bind(0x4000, "8.0.0.1:1")!.IsSuccess);
    }

    [Fact]
    public void CreatePermission_WithTooManyPeers_Is400()
    {
        var client = new ScriptedClient(new ServerHarness());
        client.Allocate();

        Assert.Equal(400, client.Permit([.. Enumerable.Range(1, TurnServerLimits.MaxPeersPerRequest + 1).Select(i => $"8.0.0.{i}:1")])!.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Data_FasterThanTheRate_IsDroppedAtTheTailAndFlowsOnLater(bool perUser)
    {
        var server = perUser ? PerUser() : PerSource();
        var client = new ScriptedClient(server);
        var relayed = client.Allocate().Relayed!.Value;
        client.Permit("8.8.8.8:0");
        for (var i = 0; i < 10; i++)
        {
            client.SendTo("8.8.8.8:1", new byte[200]);
            server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:1"), relayed, new byte[200]);
        }

        // Both directions draw on the same thousand bytes.
        Assert.Equal(3, server.ToPeers.Count);
        Assert.Equal(2, server.ToClients.Count);
        Assert.Equal(15, server.Engine.Counts.DroppedOverQuota);
        server.Pass(TimeSpan.FromSeconds(1));
        client.SendTo("8.8.8.8:1", new byte[200]);
        Assert.Equal(4, server.ToPeers.Count);
    }

    [Fact]
    public void Data_BeyondTheTotal_IsDroppedUntilTheNextWindowWhateverIsAllocatedAnew()
    {
        var server = PerUser();
        var client = new ScriptedClient(server);
        client.Allocate();
        client.Permit("8.8.8.8:0");
        for (var i = 0; i < 10; i++)
        {
            client.SendTo("8.8.8.8:1", new byte[1_000]);
            server.Pass(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(5, server.ToPeers.Count);
        client.Refresh(0);
        server.Pass(TimeSpan.FromMinutes(30));
        client.Greet();
        Assert.Equal(486, client.TryAllocate()!.Error);

        server.Pass(TimeSpan.FromHours(24));
        client.Allocate();
        client.Permit("8.8.8.8:0");
        client.SendTo("8.8.8.8:1", new byte[1_000]);
        Assert.Equal(6, server.ToPeers.Count);
    }

    [Fact]
    public void Server_AfterEverybodyHasGone_HoldsNothing()
    {
        var server = new ServerHarness();
        for (var i = 0; i < 50; i++)
        {
            var client = new ScriptedClient(server, $"9.0.{i}.1:1", "bob", "battery staple");
            client.Allocate();
            client.Permit("8.8.8.8:1");
            client.Bind(0x4000, "8.8.8.8:1");
        }

        Assert.Equal(50, server.Relays.Count);
        server.Pass(TimeSpan.FromMinutes(15));

        Assert.Empty(server.Relays);
        Assert.Equal(0, server.Engine.AllocationCount);
        Assert.Equal(Instant.Never, server.Engine.NextTimeout);
    }
}
