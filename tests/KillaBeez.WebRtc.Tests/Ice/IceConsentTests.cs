using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceConsentTests
{
    [Fact]
    public void Consent_WhileAnswered_IsAskedEveryFourToSixSecondsWithFreshIds()
    {
        var fixture = Connected();
        var sent = fixture.Pass(TimeSpan.FromMinutes(5), fixture.Honest);

        for (var i = 1; i < sent.Count; i++)
        {
            Assert.InRange((sent[i].At - sent[i - 1].At).TotalSeconds, 4, 6);
        }

        Assert.InRange(sent.Count, 50, 75);
        Assert.Equal(sent.Count, sent.Select(s => StunForge.Parse(s.Datagram).TransactionId).Distinct().Count());
        Assert.True(sent.Select(s => s.At - fixture.Now).Distinct().Count() > 10, "Intervals are random.");
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Consent_Unanswered_ExpiresAfterThirtySecondsAndStopsEverything()
    {
        var fixture = Connected();
        var last = fixture.Agent.Selected!.LastResponse;
        fixture.Now = last;
        var sent = fixture.Pass(TimeSpan.FromSeconds(29.9));
        Assert.Equal(IceState.Disconnected, fixture.Agent.State);
        Assert.NotNull(fixture.Agent.SelectedPath);

        fixture.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(IceState.Failed, fixture.Agent.State);
        Assert.Null(fixture.Agent.SelectedPath);
        Assert.False(fixture.Agent.IsValidated(IceAgentFixture.Path) && fixture.Agent.SelectedPath is not null);
        Assert.Empty(fixture.Pass(TimeSpan.FromHours(1)));
        Assert.InRange(sent.Count, 20, 30);

        Assert.False(fixture.Receive(StunForge.Check(fixture.Agent)), "A failed agent answers nothing.");
        Assert.Empty(fixture.Drain());
    }

    [Fact]
    public void Consent_IsNotRenewedByTheirChecksAlone_ButTheyAreASignOfLife()
    {
        var fixture = Connected();
        for (var second = 0; second < 29; second++)
        {
            fixture.Pass(TimeSpan.FromSeconds(1));
            fixture.Receive(StunForge.Check(fixture.Agent));
            fixture.Drain();
            Assert.Equal(IceState.Completed, fixture.Agent.State);
        }

        fixture.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(IceState.Failed, fixture.Agent.State);
    }

    [Fact]
    public void Silence_IsReportedAsDisconnected_AndDecryptedTrafficEndsIt()
    {
        var fixture = Connected();
        fixture.Pass(TimeSpan.FromSeconds(11.1));
        Assert.Equal(IceState.Disconnected, fixture.Agent.State);

        fixture.Agent.NoteAuthenticTraffic(fixture.Now, IceAgentFixture.Path);
        Assert.Equal(IceState.Completed, fixture.Agent.State);

        fixture.Pass(TimeSpan.FromSeconds(5), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
        Assert.True(fixture.Now - fixture.Agent.Selected!.LastResponse < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void BlockedNetwork_MakesBothSidesDisconnectThenFail()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var (network, left, right) = ConnectedPair(seed, loss: 0.1);
            network.Drop = (_, _) => true;
            Assert.True(
                network.RunUntil(() => left.Agent.State == IceState.Disconnected && right.Agent.State == IceState.Disconnected, TimeSpan.FromSeconds(12)),
                $"seed {seed}");
            Assert.True(
                network.RunUntil(() => left.Agent.State == IceState.Failed && right.Agent.State == IceState.Failed, TimeSpan.FromSeconds(31)),
                $"seed {seed}");
            var sent = left.Sent + right.Sent;
            network.Run(TimeSpan.FromMinutes(5));
            Assert.Equal(sent, left.Sent + right.Sent);
        }
    }

    [Fact]
    public void BlockedNetwork_ThatComesBackInTime_RestoresTheConnection()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var (network, left, right) = ConnectedPair(seed, loss: 0);
            network.Drop = (_, _) => true;
            network.Run(TimeSpan.FromSeconds(20));
            network.Drop = null;
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(3)), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("v4")]
    [InlineData("both")]
    public void Connection_OverALossyNetwork_LivesForAnHour(string families)
    {
        foreach (var seed in SeedSweep.Of(10))
        {
            var (network, left, right) = ConnectedPair(seed, loss: 0.25, families);
            network.Run(TimeSpan.FromHours(1));
            Assert.DoesNotContain(IceState.Failed, left.States.Concat(right.States));
            Assert.True(network.RunUntil(() => left.IsConnected && right.IsConnected, TimeSpan.FromSeconds(20)), $"seed {seed}");
        }
    }

    private static IceAgentFixture Connected()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        fixture.Pass(TimeSpan.FromMilliseconds(1), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
        return fixture;
    }

    internal static (IceNetwork Network, IceNode Left, IceNode Right) ConnectedPair(ulong seed, double loss, string families = "v4")
    {
        var network = new IceNetwork(seed, loss, minDelayMs: 5, maxDelayMs: 40);
        var left = network.AddNode(null, IceConnections.Left(families));
        var right = network.AddNode(null, IceConnections.Right(families));
        network.SignalFull(left, right);
        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(60)), $"seed {seed}");
        return (network, left, right);
    }
}
