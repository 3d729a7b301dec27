using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>RFC 6544, active and passive.</summary>
public sealed class IceTcpTests
{
    private static readonly TransportAddress Active = IceNetwork.Parse("tcp:10.0.0.1:9");
    private static readonly TransportAddress Passive = IceNetwork.Parse("tcp:10.0.0.2:7000");
    private static readonly string[] LeftAll = ["10.0.0.1:5000", "tcp:10.0.0.1:9"];
    private static readonly string[] RightAll = ["10.0.0.2:6000", "tcp:10.0.0.2:7000"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void UdpBlocked_ConnectsOverTcp(bool callerIsActive)
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var network = new IceNetwork(seed, loss: 0, minDelayMs: 5, maxDelayMs: 50) { Drop = static (_, _) => true };
            var caller = network.AddNode(null, callerIsActive ? LeftAll : RightAll);
            var callee = network.AddNode(null, callerIsActive ? RightAll : LeftAll);
            network.SignalTrickled(caller, callee, new SeededRandomSource(seed));
            Assert.True(network.RunUntil(() => caller.IsCompleted && callee.IsCompleted, TimeSpan.FromSeconds(5)), $"seed {seed}");
            var active = callerIsActive ? caller : callee;
            var passive = callerIsActive ? callee : caller;
            Assert.Equal(new NetworkPath(Active, Passive), active.Agent.SelectedPath);
            Assert.Equal(Passive, passive.Agent.SelectedPath?.Local);
            Assert.True(passive.Agent.SelectedPath?.Remote.IsTcp);
            Assert.Equal(1, network.OpenConnections);

            network.Run(TimeSpan.FromMinutes(5));
            Assert.True(caller.IsCompleted && callee.IsCompleted, $"seed {seed}");
        }
    }

    [Fact]
    public void UdpThatWorks_IsPreferredAlthoughItAnswersLater()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var network = new IceNetwork(seed, loss: 0, minDelayMs: 1, maxDelayMs: 40);
            var start = network.Now;
            network.Drop = (_, _) => network.Now - start < TimeSpan.FromMilliseconds(700);
            var left = network.AddNode(null, LeftAll);
            var right = network.AddNode(null, RightAll);
            network.SignalFull(left, right);
            Assert.True(network.RunUntil(() => left.IsConnected && right.IsConnected, TimeSpan.FromMilliseconds(500)), $"seed {seed}");
            Assert.True(left.Agent.SelectedPath?.Local.IsTcp, $"seed {seed}");
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)), $"seed {seed}");
            Assert.False(left.Agent.SelectedPath?.Local.IsTcp, $"seed {seed}");
        }
    }

    [Fact]
    public void Candidates_ArePairedActiveWithPassiveOnly()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        var listening = IceNetwork.Parse("tcp:10.0.0.1:7001");
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.TcpActive(IceAgentFixture.Local));
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.TcpPassive(listening));
        fixture.Describe();
        Add("candidate:1 1 TCP 1518280447 10.0.0.2 9 typ host tcptype active");
        Add("candidate:2 1 tcp 1518280446 10.0.0.2 7000 typ host tcptype passive");
        Add("candidate:3 1 tcp 1518280445 10.0.0.2 7002 typ host tcptype so");
        Add("candidate:4 1 tcp 1518280444 10.0.0.2 7003 typ host");
        Add("candidate:5 1 udp 1518280443 10.0.0.2 7000 typ host");
        Assert.Equal(3, fixture.Agent.Statistics.IgnoredCandidates);
        Assert.Equal(
            [new NetworkPath(Active, Passive), new NetworkPath(IceAgentFixture.Local, Passive.AsUdp())],
            fixture.Agent.Pairs.Select(pair => pair.Path).OrderByDescending(path => path.Local.IsTcp));

        // The peer's connection comes from a port that nobody has signalled.
        var path = new NetworkPath(listening, IceNetwork.Parse("tcp:10.0.0.2:51234"));
        Assert.True(fixture.Receive(StunForge.Check(fixture.Agent, isControlling: false), path));
        var learnt = Assert.Single(fixture.Agent.Pairs, pair => pair.Path == path);
        Assert.Equal(IceCandidateType.PeerReflexive, learnt.Remote.Type);
        Assert.Equal(IceTransport.Tcp, learnt.Remote.Transport);

        void Add(string line)
        {
            Assert.True(IceCandidateLine.TryParse(line, out var candidate, out _));
            fixture.Agent.AddRemoteCandidate(fixture.Now, candidate!);
        }
    }

    [Fact]
    public void Check_IsSentOnceAndGivenItsTime()
    {
        var fixture = TcpOnly(out var path);
        var sent = fixture.Pass(TimeSpan.FromSeconds(39.4));
        Assert.Single(sent);
        Assert.Equal(IcePairState.InProgress, Assert.Single(fixture.Agent.Pairs).State);
        fixture.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(IcePairState.Failed, fixture.Agent.Pairs[0].State);
        Assert.Equal(path, sent[0].Path);
    }

    [Fact]
    public void Connection_Refused_FailsThePairAtOnce()
    {
        var fixture = TcpOnly(out var path, new IceOptions { PatienceTime = TimeSpan.FromSeconds(1) });
        fixture.Agent.SetEndOfRemoteCandidates(fixture.Now);
        Assert.Single(fixture.Pass(TimeSpan.FromSeconds(2)));
        Assert.Equal(IceState.Checking, fixture.Agent.State);
        fixture.Agent.PathFailed(fixture.Now, path);
        Assert.Equal(IceState.Failed, fixture.Agent.State);
        fixture.Agent.PathFailed(fixture.Now, path);
        Assert.Equal(Instant.Never, fixture.Agent.NextTimeout);
    }

    [Fact]
    public void Connection_ThatBreaks_IsMadeAgainByTheActiveSide()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var network = new IceNetwork(seed, loss: 0, minDelayMs: 5, maxDelayMs: 50);
            var left = network.AddNode(null, "tcp:10.0.0.1:9");
            var right = network.AddNode(null, "tcp:10.0.0.2:7000");
            network.SignalFull(left, right);
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)), $"seed {seed}");
            network.Run(TimeSpan.FromSeconds(seed));
            var old = right.Agent.SelectedPath;

            network.BreakConnections();
            Assert.Equal(IceState.Disconnected, left.Agent.State);
            Assert.Equal(IceState.Disconnected, right.Agent.State);
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)), $"seed {seed}");
            Assert.NotEqual(old, right.Agent.SelectedPath);
            network.Run(TimeSpan.FromMinutes(2));
            Assert.True(left.IsCompleted && right.IsCompleted, $"seed {seed}");
        }
    }

    [Fact]
    public void Connection_ThatBreaks_BesideAWorkingPath_IsLeftAtOnce()
    {
        var network = new IceNetwork(seed: 3) { Drop = static (_, _) => true };
        var left = network.AddNode(null, LeftAll);
        var right = network.AddNode(null, RightAll);
        network.SignalFull(left, right);
        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)));
        network.Drop = null;

        // The search for backups finds that UDP works by now.
        network.Run(TimeSpan.FromSeconds(60));
        Assert.True(left.Agent.SelectedPath?.Local.IsTcp);
        network.BreakConnections();
        Assert.False(left.Agent.SelectedPath?.Local.IsTcp);
        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)));
        Assert.DoesNotContain(IceState.Disconnected, left.States.Concat(right.States));
    }

    private static IceAgentFixture TcpOnly(out NetworkPath path, IceOptions? options = null)
    {
        var fixture = new IceAgentFixture(IceRole.Controlling, options);
        fixture.Agent.RemoveLocalBase(fixture.Now, IceAgentFixture.Local);
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.TcpActive(IceAgentFixture.Local));
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.TcpPassive(Passive));
        path = new NetworkPath(Active, Passive);
        return fixture;
    }
}
