using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>Bases that are no plain socket, and bases that come and go.</summary>
public sealed class IceBaseTests
{
    private static readonly TransportAddress Server = IceNetwork.Parse("198.51.100.1:3478");
    private static readonly TransportAddress Relayed = IceNetwork.Parse("198.51.100.1:50000");
    private static readonly TransportAddress SecondBase = IceNetwork.Parse("10.0.1.1:5000");

    [Fact]
    public void ServerReflexiveCandidate_IsSignalled_AndPairedAsItsBase()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        var mapped = IceNetwork.Parse("203.0.113.7:42000");
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.ServerReflexive(mapped, IceAgentFixture.Local, Server));
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.ServerReflexive(mapped, IceAgentFixture.Local, IceNetwork.Parse("198.51.100.2:3478")));

        // A socket without translator: what the server sees is the host candidate.
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.ServerReflexive(IceAgentFixture.Local, IceAgentFixture.Local, Server));
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));

        Assert.Equal([IceCandidateType.Host, IceCandidateType.ServerReflexive], fixture.Agent.LocalCandidates.Select(c => c.Type));
        Assert.Equal(IceAgentFixture.Path, Assert.Single(fixture.Agent.Pairs).Path);
        Assert.Equal(fixture.Agent.LocalCandidates, Found(fixture.Agent));
    }

    [Fact]
    public void ServerReflexiveCandidate_OfAHiddenBase_IsPairedFromThatBase()
    {
        var agent = new IceAgent(IceOptions.Default, new SeededRandomSource(1));
        var now = Instant.FromElapsed(TimeSpan.FromSeconds(1));
        agent.AddLocalCandidate(now, IceCandidate.ServerReflexive(IceNetwork.Parse("203.0.113.7:42000"), IceAgentFixture.Local, Server));
        agent.SetRemoteCredentials(now, IceCredentials.Create("peer", "peerpasswordpeerpassword"), isLite: false);
        agent.AddRemoteCandidate(now, IceCandidate.Host(IceAgentFixture.Remote));
        Assert.Equal(IceAgentFixture.Path, Assert.Single(agent.Pairs).Path);
    }

    [Theory]
    [InlineData("10.0.0.2:6000", false)]
    [InlineData("198.51.100.1:50001", true)]
    public void RelayedCandidate_ConnectsFromItsRelayedAddress(string right, bool rightIsRelay)
    {
        foreach (var seed in SeedSweep.Of(10))
        {
            var network = new IceNetwork(seed, loss: 0.1, minDelayMs: 5, maxDelayMs: 60);
            var caller = network.AddNode(null, "10.0.0.1:5000", "198.51.100.1:50000");
            caller.Relays.Add(Relayed);
            var callee = network.AddNode(null, right);
            if (rightIsRelay)
            {
                callee.Relays.Add(callee.Addresses[0]);
            }

            // Nothing passes but what the caller sends through its relay.
            network.Drop = (path, _) => path.Local == caller.Addresses[0] || path.Remote == caller.Addresses[0];
            network.SignalFull(caller, callee);
            Assert.True(network.RunUntil(() => caller.IsCompleted && callee.IsCompleted, TimeSpan.FromSeconds(40)), $"seed {seed}");
            Assert.Equal(new NetworkPath(Relayed, callee.Addresses[0]), caller.Agent.SelectedPath);
        }
    }

    [Fact]
    public void RelayedPair_IsUsedAtOnce_AndNominatedAfterTwoSeconds()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Relayed(Relayed, IceAgentFixture.Local, Server, 1));
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        byte[]? RelayOnly(NetworkPath path, byte[] datagram) => path.Local == Relayed ? fixture.Honest(path, datagram) : null;

        fixture.Pass(TimeSpan.FromMilliseconds(1900), RelayOnly);
        Assert.Equal(IceState.Connected, fixture.Agent.State);
        Assert.Equal(Relayed, fixture.Agent.SelectedPath?.Local);
        fixture.Pass(TimeSpan.FromMilliseconds(200), RelayOnly);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Policy_RelayOnly_ShowsAndAnswersNothingElse()
    {
        var fixture = new IceAgentFixture(IceRole.Controlled, new IceOptions { Policy = IcePolicy.Relay });
        var agent = fixture.Agent;
        agent.AddLocalCandidate(fixture.Now, IceCandidate.ServerReflexive(IceNetwork.Parse("203.0.113.7:42000"), IceAgentFixture.Local, Server));
        agent.AddLocalCandidate(fixture.Now, IceCandidate.TcpActive(IceAgentFixture.Local));
        agent.AddLocalCandidate(fixture.Now, IceCandidate.Relayed(Relayed, IceNetwork.Parse("203.0.113.7:42001"), Server));
        var relayed6 = IceNetwork.Parse("[2001:db8::1]:50000");
        agent.AddLocalCandidate(fixture.Now, IceCandidate.Relayed(relayed6, IceNetwork.Parse("[2001:db8:5::1]:1"), Server));
        fixture.Describe();
        agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        Assert.True(IceCandidateLine.TryParse("candidate:1 1 udp 1 3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local 5 typ host", out var named, out _));
        agent.AddRemoteCandidate(fixture.Now, named!);

        Assert.Equal(2, agent.LocalCandidates.Count);
        Assert.EndsWith(" 198.51.100.1 50000 typ relay raddr 0.0.0.0 rport 0", agent.LocalCandidates[0].ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" 2001:db8::1 50000 typ relay raddr :: rport 0", agent.LocalCandidates[1].ToString(), StringComparison.Ordinal);
        Assert.Equal(agent.LocalCandidates, Found(agent));

        // Neither before nor after anything of ours has left through the relay.
        var hostCheck = StunForge.Check(agent, useCandidate: true);
        Assert.False(fixture.Receive(hostCheck));
        var sent = fixture.Pass(TimeSpan.FromSeconds(5), fixture.Honest);
        Assert.False(fixture.Receive(hostCheck));
        sent.AddRange(fixture.Pass(TimeSpan.FromSeconds(5), fixture.Honest));
        Assert.NotEmpty(sent);
        Assert.All(sent, s => Assert.Equal(Relayed, s.Path.Local));
        Assert.All(agent.Pairs, pair => Assert.Equal(Relayed, pair.Path.Local));
        Assert.Equal(5, agent.Statistics.SuppressedByPolicy);
    }

    [Fact]
    public void Remove_SelectedBase_MovesToALivingPairInTheSameCall()
    {
        var fixture = TwoBases(IceRole.Controlling);
        fixture.Pass(TimeSpan.FromSeconds(30), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
        var gone = fixture.Agent.SelectedPath!.Value.Local;
        var left = gone == SecondBase ? IceAgentFixture.Local : SecondBase;

        fixture.Agent.RemoveLocalBase(fixture.Now, gone);
        Assert.Equal(left, fixture.Agent.SelectedPath?.Local);
        Assert.Equal(IceState.Connected, fixture.Agent.State);
        var sent = fixture.Pass(TimeSpan.FromMinutes(1), fixture.Honest);
        Assert.Equal(fixture.Now - TimeSpan.FromMinutes(1), sent[0].At);
        Assert.All(sent, s => Assert.Equal(left, s.Path.Local));
        Assert.Equal(IceState.Completed, fixture.Agent.State);
        Assert.DoesNotContain(fixture.Agent.LocalCandidates, c => c.Base == gone);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Remove_SelectedBase_GivesBetterPairsTheirTimeBeforeARelayIsNominated(bool otherHasFailed)
    {
        var fixture = TwoBases(IceRole.Controlling);
        var secondAnswersAt = Instant.Never;
        byte[]? Answer(NetworkPath path, byte[] datagram) =>
            path.Local == SecondBase && fixture.Now < secondAnswersAt ? null : fixture.Honest(path, datagram);
        fixture.Pass(TimeSpan.FromSeconds(otherHasFailed ? 120 : 1), Answer);
        Assert.Equal(otherHasFailed, fixture.Agent.Pairs.Any(pair => pair.State == IcePairState.Failed));
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Relayed(Relayed, IceAgentFixture.Local, Server, 1));
        fixture.Pass(TimeSpan.FromSeconds(10), Answer);
        Assert.Equal(IceAgentFixture.Local, fixture.Agent.SelectedPath?.Local);

        // The relay answers first; the other interface needs a repetition or two.
        secondAnswersAt = fixture.Now + TimeSpan.FromSeconds(1);
        fixture.Agent.RemoveLocalBase(fixture.Now, IceAgentFixture.Local);
        fixture.Pass(TimeSpan.FromMilliseconds(900), Answer);
        Assert.Equal(Relayed, fixture.Agent.SelectedPath?.Local);
        Assert.Equal(IceState.Connected, fixture.Agent.State);
        fixture.Pass(TimeSpan.FromSeconds(2), Answer);
        Assert.Equal(SecondBase, fixture.Agent.SelectedPath?.Local);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Remove_OnlyBase_DisconnectsAndFailsThirtySecondsAfterTheLastAnswer()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
        var lastAnswer = fixture.Agent.Selected!.LastResponse;

        fixture.Agent.RemoveLocalBase(fixture.Now, IceAgentFixture.Local);
        Assert.Equal(IceState.Disconnected, fixture.Agent.State);
        Assert.Null(fixture.Agent.SelectedPath);
        Assert.False(fixture.Agent.IsValidated(IceAgentFixture.Path));
        Assert.Empty(fixture.Pass(lastAnswer + TimeSpan.FromSeconds(29.9) - fixture.Now));
        Assert.Equal(IceState.Disconnected, fixture.Agent.State);
        fixture.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(IceState.Failed, fixture.Agent.State);
    }

    [Fact]
    public void Remove_WithAnswersQueued_SendsNothingFromThere()
    {
        var fixture = new IceAgentFixture();
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(SecondBase));
        fixture.Receive(StunForge.Check(fixture.Agent));
        fixture.Receive(StunForge.Check(fixture.Agent), new NetworkPath(SecondBase, IceAgentFixture.Remote));
        fixture.Agent.RemoveLocalBase(fixture.Now, IceAgentFixture.Local);
        fixture.Describe();
        Assert.All(fixture.Drain(), sent => Assert.Equal(SecondBase, sent.Path.Local));
        Assert.Equal(SecondBase, Assert.Single(fixture.Agent.Pairs).Path.Local);
    }

    [Fact]
    public void Remove_OneOfTooMany_MakesRoomForPairsThatHadNone()
    {
        var fixture = TwoBases(IceRole.Controlling);
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse("10.0.2.1:5000"), 1));
        for (var i = 1; i < IceLimits.MaxRemoteCandidates; i++)
        {
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse($"10.0.0.2:{7000 + i}")));
        }

        Assert.Equal(IceLimits.MaxPairs, fixture.Agent.Pairs.Count);
        fixture.Agent.RemoveLocalBase(fixture.Now, SecondBase);
        Assert.Equal(IceLimits.MaxPairs, fixture.Agent.Pairs.Count);
        Assert.Equal(50, fixture.Agent.Pairs.Count(pair => pair.Local.Priority == IceCandidate.Host(SecondBase, 1).Priority));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void HostThatChangesItsAddress_ReachesThePeerWithoutSignalling(bool controllingMoves, bool newFirst)
    {
        foreach (var seed in SeedSweep.Of(25))
        {
            var (network, left, right) = IceConsentTests.ConnectedPair(seed, loss: 0.1);
            var moving = controllingMoves ? left : right;
            var other = controllingMoves ? right : left;
            network.Run(TimeSpan.FromSeconds(seed % 7));
            var old = moving.Addresses[0];
            var added = default(TransportAddress);
            if (newFirst)
            {
                added = network.Add(moving, "10.9.9.9:5009");
                network.Run(TimeSpan.FromSeconds(seed % 3));
            }

            network.Remove(moving, old);
            if (!newFirst)
            {
                network.Run(TimeSpan.FromSeconds(seed % 10));
                added = network.Add(moving, "10.9.9.9:5009");
            }

            Assert.True(
                network.RunUntil(
                    () => left.IsCompleted && right.IsCompleted
                        && moving.Agent.SelectedPath?.Local == added && other.Agent.SelectedPath?.Remote == added,
                    TimeSpan.FromSeconds(20)),
                $"seed {seed}: {left.Agent.State} {left.Agent.SelectedPath} {right.Agent.State} {right.Agent.SelectedPath}");
            network.Run(TimeSpan.FromMinutes(2));
            Assert.True(left.IsCompleted && right.IsCompleted, $"seed {seed}");
            Assert.DoesNotContain(IceState.Failed, left.States.Concat(right.States));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void HostWhoseAddressDiesUnnoticed_MovesToANewBase(bool controllingMoves)
    {
        foreach (var seed in SeedSweep.Of(25))
        {
            var (network, left, right) = IceConsentTests.ConnectedPair(seed, loss: 0.05);
            var moving = controllingMoves ? left : right;
            var old = moving.Addresses[0];
            network.Run(TimeSpan.FromSeconds(seed % 7));
            network.Drop = (path, _) => path.Local == old || path.Remote == old;
            network.Run(TimeSpan.FromSeconds(seed % 5));
            var added = network.Add(moving, "10.9.9.9:5009");

            Assert.True(
                network.RunUntil(() => left.IsCompleted && right.IsCompleted && moving.Agent.SelectedPath?.Local == added, TimeSpan.FromSeconds(12)),
                $"seed {seed}: {left.Agent.State} {left.Agent.SelectedPath} {right.Agent.State} {right.Agent.SelectedPath}");
            network.Run(TimeSpan.FromMinutes(2));
            Assert.True(left.IsCompleted && right.IsCompleted, $"seed {seed}");
        }
    }

    [Fact]
    public void LateBase_BesideANominatedPair_IsCheckedAtThePaceAndChangesNothing()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        for (var i = 0; i < 20; i++)
        {
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse($"10.0.0.2:{6000 + i}")));
        }

        fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
        var selected = fixture.Agent.SelectedPath;

        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(SecondBase));
        var sent = fixture.Pass(TimeSpan.FromSeconds(2), fixture.Honest).Where(s => s.Path.Local == SecondBase).ToArray();
        Assert.Equal(20, sent.Length);
        Assert.All(sent.Zip(sent.Skip(1)), two => Assert.True(two.Second.At - two.First.At >= TimeSpan.FromMilliseconds(50)));
        Assert.Equal(selected, fixture.Agent.SelectedPath);
    }

    [Fact]
    public void Backup_IsLookedForAndKeptOnAnotherBase()
    {
        var fixture = TwoBases(IceRole.Controlling);

        // Another pair of the same base works as well; it would go together with the selected one.
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse("10.0.0.2:6001")));
        var dead = SecondBase;
        byte[]? Answer(NetworkPath path, byte[] datagram) => path.Local == dead ? null : fixture.Honest(path, datagram);
        fixture.Pass(TimeSpan.FromSeconds(20), Answer);
        Assert.Equal(IceAgentFixture.Local, fixture.Agent.SelectedPath?.Local);
        dead = default;
        fixture.Pass(TimeSpan.FromSeconds(60), Answer);

        var backups = fixture.Pass(TimeSpan.FromSeconds(100), Answer).Where(s => s.Path != fixture.Agent.SelectedPath).ToArray();
        Assert.Equal(4, backups.Length);
        Assert.All(backups, backup => Assert.Equal(SecondBase, backup.Path.Local));
    }

    [Fact]
    public void Restart_WhileDisconnectedWithoutAPath_ConnectsAgain()
    {
        var (network, left, right) = IceConsentTests.ConnectedPair(seed: 5, loss: 0);
        network.Remove(left, left.Addresses[0]);
        network.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(IceState.Disconnected, left.Agent.State);

        left.Agent.Restart(network.Now);
        right.Agent.Restart(network.Now);
        Assert.Equal(IceState.New, left.Agent.State);
        network.Add(left, "10.9.9.9:5009");
        IceConnections.Describe(network, left, right, isComplete: true);
        IceConnections.Describe(network, right, left, isComplete: true);
        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(5)));
        network.Run(TimeSpan.FromMinutes(1));
        Assert.True(left.IsCompleted && right.IsCompleted);
    }

    private static IceAgentFixture TwoBases(IceRole role)
    {
        var fixture = new IceAgentFixture(role);
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(SecondBase, 100));
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        return fixture;
    }

    private static List<IceCandidate> Found(IceAgent agent)
    {
        var found = new List<IceCandidate>();
        while (agent.TryPollEvent(out var e))
        {
            if (e.Kind == IceEventKind.LocalCandidateFound)
            {
                found.Add(e.Candidate!);
            }
        }

        return found;
    }
}
