using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>Candidates behind names of multicast DNS.</summary>
public sealed class IceNameTests
{
    private const string Name = "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local";
    private static readonly TransportAddress Answer = IceNetwork.Parse("10.0.0.2:0");

    [Fact]
    public void Name_Resolved_BecomesAHostCandidateWithTheSignalledPort()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        Add(fixture, Name, 6000);
        Assert.Equal([Name], Asked(fixture.Agent));
        Assert.Empty(fixture.Agent.Pairs);
        Assert.Empty(fixture.Drain());

        fixture.Agent.NameResolved(fixture.Now, Name.ToUpperInvariant(), Answer);
        Assert.Equal(IceAgentFixture.Path, Assert.Single(fixture.Agent.Pairs).Path);
        fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Name_InSeveralCandidates_IsAskedOnce()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        Add(fixture, Name, 6000);
        Add(fixture, Name, 6000);
        Add(fixture, Name.ToUpperInvariant(), 6001);
        fixture.Agent.NameResolved(fixture.Now, Name, Answer);
        Add(fixture, Name, 6002);
        fixture.Agent.NameResolved(fixture.Now, Name, IceNetwork.Parse("10.6.6.6:0"));

        Assert.Equal([Name], Asked(fixture.Agent));
        Assert.Equal(["10.0.0.2:6000", "10.0.0.2:6001", "10.0.0.2:6002"], fixture.Agent.RemoteCandidates.Select(c => c.Address.ToString()).Order());
    }

    [Fact]
    public void Names_BeyondTheLimit_AreDropped()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        for (var i = 0; i < 100; i++)
        {
            Add(fixture, $"3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f{i:x4}.local", 6000);
        }

        Assert.Equal(IceLimits.MaxNames, Asked(fixture.Agent).Count);
        Assert.Equal(100 - IceLimits.MaxNames, fixture.Agent.Statistics.LimitDrops);

        for (var i = 0; i < 100; i++)
        {
            Add(fixture, "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f0000.local", 7000 + i);
        }

        fixture.Agent.NameResolved(fixture.Now, "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f0000.local", Answer);
        Assert.InRange(fixture.Agent.RemoteCandidates.Count, 1, IceLimits.MaxRemoteCandidates);
    }

    [Theory]
    [InlineData("printer.local")]
    [InlineData("3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b5.local")]
    [InlineData("3e4ca78d5e9c4d0b8e2e1f3a8e3f2b52.local")]
    [InlineData("a.3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local")]
    [InlineData("3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local.example.org")]
    [InlineData(".local")]
    [InlineData("localhost")]
    public void Name_ThatNoBrowserMakes_IsNeverAsked(string name)
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        Add(fixture, name, 6000);
        Assert.Empty(Asked(fixture.Agent));
        Assert.Equal(1, fixture.Agent.Statistics.IgnoredMdnsCandidates + fixture.Agent.Statistics.IgnoredHostNameCandidates);
        fixture.Agent.NameResolved(fixture.Now, name, Answer);
        Assert.Empty(fixture.Agent.RemoteCandidates);
    }

    [Fact]
    public void Name_IsAskedWithTheDescription_AndForgottenByARestart()
    {
        var fixture = new IceAgentFixture();
        Add(fixture, Name, 6000);
        Assert.Empty(Asked(fixture.Agent));
        fixture.Describe();
        Assert.Equal([Name], Asked(fixture.Agent));

        fixture.Agent.Restart(fixture.Now);
        fixture.Describe();
        fixture.Agent.NameResolved(fixture.Now, Name, Answer);
        Assert.Empty(fixture.Agent.RemoteCandidates);
        Add(fixture, Name, 6000);
        Assert.Equal([Name], Asked(fixture.Agent));
    }

    [Theory]
    [InlineData("224.0.0.251:0")]
    [InlineData("127.0.0.1:0")]
    [InlineData("0.0.0.0:0")]
    public void Name_OfAForbiddenAddress_IsRefused(string address)
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        Add(fixture, Name, 6000);
        fixture.Agent.NameResolved(fixture.Now, Name, IceNetwork.Parse(address));
        Assert.Equal(1, fixture.Agent.Statistics.ForbiddenCandidates);
        Assert.Empty(fixture.Agent.RemoteCandidates);
    }

    [Fact]
    public void Failure_WaitsForNames_ButNotForEver()
    {
        var options = new IceOptions { PatienceTime = TimeSpan.FromSeconds(1) };
        var answered = new IceAgentFixture(options: options);
        answered.Describe();
        Add(answered, Name, 6000);
        answered.Agent.SetEndOfRemoteCandidates(answered.Now);
        answered.Pass(TimeSpan.FromSeconds(8));
        Assert.Equal(IceState.Checking, answered.Agent.State);
        answered.Agent.NameResolved(answered.Now, Name, null);
        Assert.Equal(IceState.Failed, answered.Agent.State);
        Assert.Equal(1, answered.Agent.Statistics.UnresolvedNames);

        var ignored = new IceAgentFixture(options: options);
        ignored.Describe();
        Add(ignored, Name, 6000);
        ignored.Agent.SetEndOfRemoteCandidates(ignored.Now);
        ignored.Pass(TimeSpan.FromSeconds(9.9));
        Assert.Equal(IceState.Checking, ignored.Agent.State);
        ignored.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(IceState.Failed, ignored.Agent.State);
    }

    [Fact]
    public void Nomination_OfARelayedPair_WaitsForTheName()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(
            fixture.Now, IceCandidate.Host(IceNetwork.Parse("198.51.100.1:50000")) with { Type = IceCandidateType.Relayed, Priority = 1 });
        Add(fixture, Name, 6000);
        fixture.Agent.SetEndOfRemoteCandidates(fixture.Now);
        fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
        Assert.Equal(IceState.Connected, fixture.Agent.State);

        fixture.Agent.NameResolved(fixture.Now, Name, Answer);
        fixture.Pass(TimeSpan.FromMilliseconds(100), fixture.Honest);
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void TwoAgents_OneBehindNames_ConnectWhetherOrNotTheyAreFound()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var network = new IceNetwork(seed, loss: 0.1, minDelayMs: 1, maxDelayMs: 30);
            var left = network.AddNode(null, IceConnections.LeftV4);
            var right = network.AddNode(null, IceConnections.RightV4);
            IceConnections.Prepare(network, left, IceRole.Controlling);
            IceConnections.Prepare(network, right, IceRole.Controlled);
            IceConnections.Describe(network, to: left, from: right, isComplete: false);
            IceConnections.Describe(network, to: right, from: left, isComplete: true);
            left.Agent.AddRemoteCandidate(network.Now, right.Candidate(0) with { HostName = Name });
            network.After(500, () => left.Agent.NameResolved(network.Now, Name, seed % 2 == 0 ? right.Addresses[0] : null));
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(20)), $"seed {seed}");
            Assert.Single(left.Agent.RemoteCandidates);
        }
    }

    private static void Add(IceAgentFixture fixture, string name, int port)
    {
        Assert.True(IceCandidateLine.TryParse($"candidate:1 1 udp 2122260223 {name} {port} typ host", out var candidate, out _));
        fixture.Agent.AddRemoteCandidate(fixture.Now, candidate!);
    }

    private static List<string> Asked(IceAgent agent)
    {
        var names = new List<string>();
        while (agent.TryPollEvent(out var e))
        {
            if (e.Kind == IceEventKind.NameToResolve)
            {
                names.Add(e.Name!);
            }
        }

        return names;
    }
}
