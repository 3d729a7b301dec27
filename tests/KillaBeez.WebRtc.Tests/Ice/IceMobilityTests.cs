using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceMobilityTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Translator_ThatChangesItsMapping_IsFollowed(bool controllingMoves)
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var network = new IceNetwork(seed, loss: 0, minDelayMs: 5, maxDelayMs: 40);
            var left = network.AddNode(null, IceConnections.LeftV4);
            var right = network.AddNode(null, IceConnections.RightV4);
            var moving = controllingMoves ? left : right;
            var other = controllingMoves ? right : left;
            network.Translations[moving.Addresses[0]] = IceNetwork.Parse("198.51.100.1:1111");
            network.SignalFull(left, right);
            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(60)), $"seed {seed}");
            Assert.Equal(IceNetwork.Parse("198.51.100.1:1111"), moving.Agent.Selected!.MappedAddress);

            var mapping = IceNetwork.Parse("198.51.100.1:2222");
            network.Translations[moving.Addresses[0]] = mapping;

            // The next consent check shows the new address, and the old one has 2.5 seconds to answer.
            Assert.True(
                network.RunUntil(() => other.Agent.SelectedPath?.Remote == mapping && left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(9)),
                $"seed {seed}");
            network.Run(TimeSpan.FromMinutes(2));
            Assert.Equal(mapping, other.Agent.SelectedPath?.Remote);
            Assert.DoesNotContain(IceState.Failed, left.States.Concat(right.States));
        }
    }

    [Fact]
    public void CheckFromElsewhere_WhileTheSelectedPathIsQuiet_MakesUsAskThatPathAtOnce()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        fixture.Pass(TimeSpan.FromSeconds(1.5), fixture.Honest);
        var elsewhere = new NetworkPath(IceAgentFixture.Local, IceNetwork.Parse("198.51.100.1:2222"));

        fixture.Receive(StunForge.Check(fixture.Agent, priority: 1), elsewhere);
        var asked = fixture.Pass(TimeSpan.FromMilliseconds(1), fixture.Honest).Where(s => StunForge.IsRequest(s.Datagram)).Select(s => s.Path);
        Assert.Equal([IceAgentFixture.Path, elsewhere], asked);
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
    }

    [Fact]
    public void SelectedPathThatDies_IsLeftForOneThatWorks()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var (network, left, right) = IceConsentTests.ConnectedPair(seed, loss: 0.05, "both");
            var deadIsIPv6 = left.Agent.SelectedPath!.Value.Local.IsIPv6;
            network.Drop = (path, _) => path.Local.IsIPv6 == deadIsIPv6;

            Assert.True(
                network.RunUntil(
                    () => left.IsCompleted && right.IsCompleted
                        && left.Agent.SelectedPath!.Value.Local.IsIPv6 != deadIsIPv6
                        && right.Agent.SelectedPath!.Value.Local.IsIPv6 != deadIsIPv6,
                    TimeSpan.FromSeconds(13)),
                $"seed {seed}: {left.Agent.State} {left.Agent.SelectedPath} {right.Agent.State} {right.Agent.SelectedPath}");
            network.Run(TimeSpan.FromMinutes(5));
            Assert.True(left.IsCompleted && right.IsCompleted, $"seed {seed}");
        }
    }

    [Fact]
    public void IdlePaths_KeepTheSelectedOne()
    {
        foreach (var seed in SeedSweep.Of(10))
        {
            var (network, left, right) = IceConsentTests.ConnectedPair(seed, loss: 0, "both");
            network.Run(TimeSpan.FromSeconds(5));
            var path = left.Agent.SelectedPath;
            var events = left.Events.Count + right.Events.Count;
            network.Run(TimeSpan.FromMinutes(30));
            Assert.Equal(path, left.Agent.SelectedPath);
            Assert.Equal(events, left.Events.Count + right.Events.Count);
        }
    }

    [Fact]
    public void BackupPath_IsKeptWarm()
    {
        var (network, left, _) = IceConsentTests.ConnectedPair(seed: 2, loss: 0, "both");
        var selected = left.Agent.SelectedPath!.Value;
        var backups = new List<Instant>();
        network.Sent = (node, path, datagram) =>
        {
            if (node == left && path != selected && StunForge.IsRequest(datagram))
            {
                backups.Add(network.Now);
            }
        };
        network.Run(TimeSpan.FromMinutes(5));
        Assert.InRange(backups.Count, 10, 13);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Restart_KeepsTheOldPathUntilTheNewOneIsNominated(bool offererRestarts)
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var (network, left, right) = IceConsentTests.ConnectedPair(seed, loss: 0.1, "both");
            var first = offererRestarts ? left : right;
            var second = offererRestarts ? right : left;
            var oldUfrag = first.Agent.LocalCredentials.Ufrag;
            var oldPath = first.Agent.SelectedPath;

            first.Agent.Restart(network.Now);
            Assert.NotEqual(oldUfrag, first.Agent.LocalCredentials.Ufrag);
            Assert.Equal(oldPath, first.Agent.SelectedPath);
            network.Run(TimeSpan.FromSeconds(12));
            Assert.True(first.IsConnected && second.IsConnected, $"seed {seed}: consent goes on with the old credentials");

            second.Agent.Restart(network.Now);
            IceConnections.Describe(network, to: second, from: first, isComplete: true);
            network.Run(TimeSpan.FromMilliseconds(100));
            IceConnections.Describe(network, to: first, from: second, isComplete: true);
            Assert.True(
                network.RunUntil(() => IsOnNewGeneration(first) && IsOnNewGeneration(second), TimeSpan.FromSeconds(60)), $"seed {seed}");
            network.Run(TimeSpan.FromMinutes(2));
            Assert.True(left.IsConnected && right.IsConnected, $"seed {seed}");
            Assert.DoesNotContain(IceState.Failed, left.States.Concat(right.States));
        }

        static bool IsOnNewGeneration(IceNode node) =>
            node.IsCompleted && node.Agent.Selected!.Generation.Local == node.Agent.LocalCredentials;
    }

    [Fact]
    public void Restart_AfterFailure_ConnectsAgain()
    {
        var (network, left, right) = IceConsentTests.ConnectedPair(seed: 9, loss: 0);
        network.Drop = (_, _) => true;
        network.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(IceState.Failed, left.Agent.State);
        network.Drop = null;

        left.Agent.Restart(network.Now);
        right.Agent.Restart(network.Now);
        Assert.Equal(IceState.New, left.Agent.State);
        IceConnections.Describe(network, left, right, isComplete: true);
        IceConnections.Describe(network, right, left, isComplete: true);
        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(5)));
    }
}
