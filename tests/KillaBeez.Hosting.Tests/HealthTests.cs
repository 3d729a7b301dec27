using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.Tests;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KillaBeez.Hosting.Tests;

/// <summary>Alive: the node runs. Ready: others can call it.</summary>
public sealed class HealthTests
{
    private sealed class EdgeSwarm;

    /// <summary>A port on which nobody listens.</summary>
    private static readonly Uri _unreachable = new("ws://127.0.0.1:9/secret?token=secret");

    [Fact]
    public async Task Host_IsUnhealthyBeforeItsStartAndAfterItsStop()
    {
        using var host = TestHost.Plain();
        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-live")).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-ready")).Status);

        await host.StartAsync();
        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync("killabeez-live")).Status);

        await host.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-live")).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-ready")).Status);
    }

    [Fact]
    public async Task Ready_NoExchangeAndNoPeer_IsHealthy()
    {
        using var host = TestHost.Plain();
        await host.StartAsync();

        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync("killabeez-ready")).Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task Ready_ExchangeUnreachableAndNoPeer_IsDegradedAndSaysWhich()
    {
        using var host = TestHost.Plain(options => options.Exchanges.Add(_unreachable));
        await host.StartAsync();
        var node = host.Swarm().Node;
        await node.WaitForAsync<ExchangeStateEvent>(e => !e.IsReady);

        var check = await host.CheckAsync("killabeez-ready");

        Assert.Equal(HealthStatus.Degraded, check.Status);
        Assert.Contains("ws://127.0.0.1:9/secret", check.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("token", check.Description, StringComparison.Ordinal);
        Assert.Equal(node.Id.ToString(), check.Data["id"]);
        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync("killabeez-live")).Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task Ready_OneOfTwoExchanges_OrAPeerAlone_IsHealthyAndSaysWhatIsNot()
    {
        var exchange = await TestExchange.StartAsync();
        using var first = TestHost.Plain(options => options.Exchanges = [exchange.Address, _unreachable]);
        using var second = TestHost.Plain(options => options.Exchanges = [exchange.Address]);
        await first.StartAsync();
        await second.StartAsync();
        var node = first.Swarm().Node;
        await node.UntilReadyAsync();
        var alone = await first.CheckAsync("killabeez-ready");
        Assert.Equal(HealthStatus.Healthy, alone.Status);
        Assert.Contains("1 of 2 exchanges", alone.Description, StringComparison.Ordinal);
        Assert.Contains("ws://127.0.0.1:9/", alone.Description, StringComparison.Ordinal);

        await second.Swarm().Node.UntilReadyAsync();
        await second.Swarm().Node.CallAsync(node.Id).WaitAsync(Patience.Bound);
        await node.WaitForAsync<PeerConnectedEvent>();
        await exchange.DisposeAsync();
        await node.WaitForAsync<ExchangeStateEvent>(e => e.Exchange == exchange.Address && !e.IsReady);

        var withPeer = await first.CheckAsync("killabeez-ready");
        Assert.Equal(HealthStatus.Healthy, withPeer.Status);
        Assert.Contains("1 peers, 0 of 2 exchanges", withPeer.Description, StringComparison.Ordinal);
        Assert.Equal(1, withPeer.Data["peers"]);
        await second.StopAsync();
        await first.StopAsync();
    }

    [Fact]
    public async Task WithKillaBeezHealthChecks_HasTwoForEachNode()
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeez().WithKillaBeez<EdgeSwarm>("edge").WithKillaBeezHealthChecks());
        await host.StartAsync();
        foreach (var (name, tag) in new[] { ("killabeez-live", "live"), ("killabeez-ready", "ready"), ("killabeez-edge-live", "live"), ("killabeez-edge-ready", "ready") })
        {
            var check = await host.CheckAsync(name);
            Assert.Equal(HealthStatus.Healthy, check.Status);
            Assert.Contains(tag, check.Tags);
        }

        await host.Swarm().NodeOf("edge").DisposeAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-edge-live")).Status);
        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync("killabeez-live")).Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task GuardianThatWasStopped_IsNotLive_AndAskingStartsNoOther()
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeez().WithKillaBeezHealthChecks());
        await host.StartAsync();
        var node = host.Swarm().Node;
        host.Swarm().Guardian.Tell(PoisonPill.Instance);
        await node.WhenStopped.WaitAsync(Patience.Bound);

        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-live")).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync("killabeez-ready")).Status);
        Assert.Throws<InvalidOperationException>(() => host.Swarm().Node);
        await host.StopAsync();
    }

    [Fact]
    public async Task WithKillaBeezHealthChecks_BeforeAnyNode_IsRefused()
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeezHealthChecks());

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
    }
}
