using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceLimitTests
{
    [Fact]
    public void HostileDescription_IsCheckedAtPaceAndGivenUp()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        for (var i = 1; i <= 3; i++)
        {
            fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse($"10.0.{i}.1:5000")));
        }

        fixture.Describe();
        for (var i = 0; i < 1000; i++)
        {
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse($"192.0.2.{i % 250}:{1000 + i}")));
        }

        fixture.Agent.SetEndOfRemoteCandidates(fixture.Now);
        Assert.Equal(IceLimits.MaxRemoteCandidates, fixture.Agent.RemoteCandidates.Count);
        Assert.Equal(IceLimits.MaxPairs, fixture.Agent.Pairs.Count);
        Assert.True(fixture.Agent.Statistics.LimitDrops > 0);

        var start = fixture.Now;
        var sent = fixture.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(IceState.Failed, fixture.Agent.State);
        Assert.True(sent.Count <= IceLimits.MaxPairs * IceLimits.MaxSends, $"{sent.Count}");
        Assert.All(sent.GroupBy(s => s.Path), group => Assert.InRange(group.Count(), 1, IceLimits.MaxSends));

        // Five at once, then one per 50 ms, repetitions included.
        Assert.Equal(5, sent.Count(s => s.At == start));
        for (var i = 5; i < sent.Count; i++)
        {
            Assert.True(sent[i].At - sent[i - 1].At >= TimeSpan.FromMilliseconds(50), $"send {i}");
        }
    }

    [Fact]
    public void ManyInterfaces_LeaveRelayedPairsTheirPlaces()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        var relayed = IceNetwork.Parse("198.51.100.1:50000");
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Relayed(relayed, IceAgentFixture.Local, relayed, 1));
        for (var i = 1; i <= 10; i++)
        {
            fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse($"10.0.{i}.1:5000")));
        }

        fixture.Describe();
        for (var i = 0; i < 20; i++)
        {
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse($"10.0.0.2:{6000 + i}")));
        }

        var remoteRelay = IceNetwork.Parse("198.51.100.2:50000");
        fixture.Agent.AddRemoteCandidate(
            fixture.Now, IceCandidate.Host(remoteRelay) with { Type = IceCandidateType.Relayed, Priority = 1 });
        Assert.Equal(IceLimits.MaxPairs, fixture.Agent.Pairs.Count);
        Assert.Equal(IceLimits.ReservedRelayedPairs, fixture.Agent.Pairs.Count(pair => pair.RelayedEnds == 1));
        Assert.Equal(1, fixture.Agent.Pairs.Count(pair => pair.RelayedEnds == 2));

        // Only the two relays see each other.
        byte[]? Answer(NetworkPath path, byte[] datagram) => path == new NetworkPath(relayed, remoteRelay) ? fixture.Honest(path, datagram) : null;
        fixture.Pass(TimeSpan.FromSeconds(20), Answer);
        Assert.Equal(new NetworkPath(relayed, remoteRelay), fixture.Agent.SelectedPath);
    }

    [Fact]
    public void Retransmissions_OfOneCheck_FollowTheSchedule()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var start = fixture.Now;
        var sent = fixture.Pass(TimeSpan.FromMinutes(2));

        Assert.Equal([0, 500, 1500, 3500, 7500, 15500, 31500], sent.Select(s => (s.At - start).TotalMilliseconds));
        Assert.Single(sent.Select(s => StunForge.Parse(s.Datagram).TransactionId).Distinct());
        Assert.Single(sent.Select(s => Convert.ToHexString(s.Datagram)).Distinct());
    }

    [Fact]
    public void Failure_WaitsForPatienceAndEndOfCandidates()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Agent.SetEndOfRemoteCandidates(fixture.Now);
        fixture.Pass(TimeSpan.FromSeconds(39.4));
        Assert.Equal(IceState.Checking, fixture.Agent.State);
        fixture.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(IceState.Failed, fixture.Agent.State);
        Assert.Equal(Instant.Never, fixture.Agent.NextTimeout);

        var silent = new IceAgentFixture();
        silent.Describe();
        silent.Pass(TimeSpan.FromSeconds(59.9));
        Assert.Equal(IceState.Checking, silent.Agent.State);
        silent.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(IceState.Failed, silent.Agent.State);
    }

    [Fact]
    public void PeerReflexiveAddresses_WithoutEnd_StayBounded()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        for (var i = 0; i < 500; i++)
        {
            var path = new NetworkPath(IceAgentFixture.Local, IceNetwork.Parse($"192.0.2.1:{1000 + i}"));
            Assert.True(fixture.Receive(StunForge.Check(fixture.Agent), path));
            fixture.Pass(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(IceLimits.MaxPeerReflexiveCandidates, fixture.Agent.RemoteCandidates.Count);
        Assert.InRange(fixture.Agent.Pairs.Count, 1, IceLimits.MaxPeerReflexiveCandidates);
    }

    [Fact]
    public void PeerReflexiveAddress_InUse_IsNeverGivenUp()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        fixture.Pass(TimeSpan.FromMilliseconds(10), fixture.Honest);
        for (var i = 0; i < 100; i++)
        {
            fixture.Receive(StunForge.Check(fixture.Agent, priority: 1), new NetworkPath(IceAgentFixture.Local, IceNetwork.Parse($"192.0.2.1:{1000 + i}")));
            fixture.Pass(TimeSpan.FromMilliseconds(100), (path, datagram) => path == IceAgentFixture.Path ? fixture.Honest(path, datagram) : null);
        }

        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
        Assert.Contains(fixture.Agent.Pairs, pair => pair.Path == IceAgentFixture.Path);
    }

    [Fact]
    public void Answers_NotPolled_AreBounded()
    {
        var fixture = new IceAgentFixture();
        for (var i = 0; i < 1000; i++)
        {
            fixture.Receive(StunForge.Check(fixture.Agent), new NetworkPath(IceAgentFixture.Local, IceNetwork.Parse($"192.0.2.1:{1000 + i}")));
        }

        Assert.Equal(IceLimits.MaxQueuedResponses, fixture.Drain().Count);
        fixture.Describe();
        Assert.InRange(fixture.Agent.Pairs.Count, 1, IceLimits.MaxEarlyChecks);
    }

    [Theory]
    [InlineData("127.0.0.1:5000")]
    [InlineData("[::1]:5000")]
    [InlineData("0.0.0.0:5000")]
    [InlineData("[::]:5000")]
    [InlineData("224.0.0.251:5353")]
    [InlineData("239.1.2.3:5353")]
    [InlineData("255.255.255.255:5000")]
    [InlineData("[ff02::fb]:5353")]
    [InlineData("192.0.2.1:0")]
    public void Candidates_ThatNobodyCanHave_AreRefused(string address)
    {
        var fixture = new IceAgentFixture();
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse("[2001:db8::1]:5000")));
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse(address)));

        Assert.Equal(1, fixture.Agent.Statistics.ForbiddenCandidates);
        Assert.Empty(fixture.Agent.Pairs);
        Assert.Empty(fixture.Drain());
    }

    [Fact]
    public void Loopback_WhereAllowed_ConnectsWithItselfOnly()
    {
        var network = new IceNetwork(seed: 3);
        var options = new IceOptions { AllowLoopback = true };
        var left = network.AddNode(options, "127.0.0.1:5001", "10.0.0.1:5001");
        var right = network.AddNode(options, "127.0.0.1:6001");
        network.SignalFull(left, right);

        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(5)));
        Assert.Equal(IceNetwork.Parse("127.0.0.1:5001"), Assert.Single(left.Agent.Pairs).Path.Local);
    }

    [Fact]
    public void NamesOfOthersAndActiveTcp_AreCountedAndIgnored()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        Add("candidate:1 1 udp 2122260223 printer.local 50123 typ host");
        Add("candidate:1 1 udp 2122260223 turn.example.org 50123 typ host");
        Add("candidate:1 1 tcp 1518280447 192.168.0.196 9 typ host tcptype active");
        Add("candidate:1 2 udp 2122260222 192.168.0.196 50124 typ host");

        Assert.Equal(1, fixture.Agent.Statistics.IgnoredMdnsCandidates);
        Assert.Equal(1, fixture.Agent.Statistics.IgnoredHostNameCandidates);
        Assert.Equal(2, fixture.Agent.Statistics.IgnoredCandidates);
        Assert.Empty(fixture.Agent.Pairs);

        void Add(string line)
        {
            Assert.True(IceCandidateLine.TryParse(line, out var candidate, out _));
            fixture.Agent.AddRemoteCandidate(fixture.Now, candidate!);
        }
    }

    [Fact]
    public void LinkLocalCandidate_IsPairedWithTheScopeOfTheBase()
    {
        var fixture = new IceAgentFixture();
        var local = TransportAddress.From(System.Net.IPAddress.Parse("fe80::1%3"), 5000);
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(local));
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse("[fe80::2]:6000")));

        var pair = Assert.Single(fixture.Agent.Pairs);
        Assert.Equal(local, pair.Path.Local);
        Assert.Equal(3u, pair.Path.Remote.ScopeId);
        Assert.DoesNotContain("%", pair.Local.ToString(), StringComparison.Ordinal);
    }
}
