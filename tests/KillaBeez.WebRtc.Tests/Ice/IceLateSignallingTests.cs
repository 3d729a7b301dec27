using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceLateSignallingTests
{
    [Fact]
    public void Checks_BeforeTheRemoteDescription_AreAnsweredAndPairedWhenItComes()
    {
        foreach (var seed in SeedSweep.Of(30))
        {
            var network = new IceNetwork(seed, loss: 0.1, minDelayMs: 1, maxDelayMs: 30);
            var offerer = network.AddNode(null, IceConnections.LeftV4);
            var answerer = network.AddNode(null, IceConnections.RightV4);
            IceConnections.Prepare(network, offerer, IceRole.Controlling);
            IceConnections.Prepare(network, answerer, IceRole.Controlled);

            // The answer takes three seconds to the offerer; the answerer checks all the while.
            IceConnections.Describe(network, to: answerer, from: offerer, isComplete: true);
            Assert.True(network.RunUntil(() => answerer.IsConnected, TimeSpan.FromSeconds(30)), $"seed {seed}");
            Assert.Equal(IceState.New, offerer.Agent.State);

            // Not even candidates come with it.
            IceConnections.Describe(network, to: offerer, from: answerer, isComplete: false);
            Assert.True(network.RunUntil(() => offerer.IsCompleted && answerer.IsCompleted, TimeSpan.FromSeconds(60)), $"seed {seed}");
        }
    }

    [Fact]
    public void OneSideWithoutRemoteCandidates_ConnectsThroughPeerReflexiveOnes()
    {
        foreach (var seed in SeedSweep.Of(40))
        {
            var network = new IceNetwork(seed, loss: 0.2, minDelayMs: 1, maxDelayMs: 30);
            var left = network.AddNode(null, IceConnections.Left("both"));
            var right = network.AddNode(null, IceConnections.Right("both"));
            IceConnections.Prepare(network, left, IceRole.Controlling);
            IceConnections.Prepare(network, right, IceRole.Controlled);

            // As with a browser that hides its addresses: one side signals none that can be used.
            var knowing = seed % 2 == 0 ? left : right;
            var blind = seed % 2 == 0 ? right : left;
            IceConnections.Describe(network, knowing, blind, isComplete: false);
            IceConnections.AddCandidates(network, knowing, blind);
            IceConnections.Describe(network, blind, knowing, isComplete: false);

            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(60)), $"seed {seed}");
            Assert.True(blind.Agent.Statistics.PeerReflexiveCandidates > 0);
            Assert.Equal(IceCandidateType.PeerReflexive, blind.Agent.Selected!.Remote.Type);
        }
    }

    [Fact]
    public void Candidate_SignalledAfterItsCheck_TakesThePairOverInPlace()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true, priority: 5));
        fixture.Pass(TimeSpan.FromMilliseconds(10), fixture.Honest);
        var pair = fixture.Agent.Selected!;
        Assert.Equal(IceCandidateType.PeerReflexive, pair.Remote.Type);
        Assert.Equal(5u, pair.Remote.Priority);

        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));

        Assert.Same(pair, fixture.Agent.Selected);
        Assert.Same(pair, Assert.Single(fixture.Agent.Pairs));
        Assert.Single(fixture.Agent.RemoteCandidates);
        Assert.Equal(IceCandidateType.Host, pair.Remote.Type);
        Assert.Equal(IcePriority.ForPair(pair.Remote.Priority, pair.Local.Priority), pair.Priority);
        Assert.True(pair.IsNominated);
        Assert.Equal(IcePairState.Succeeded, pair.State);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Candidate_SignalledTwice_MakesOnePair()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        for (var i = 0; i < 3; i++)
        {
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        }

        Assert.Single(fixture.Agent.Pairs);
        Assert.Single(fixture.Drain());
    }

    [Fact]
    public void EarlyCheck_BeforeTheLocalCandidate_IsPairedWhenThatIsAdded()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        var second = IceNetwork.Parse("10.0.1.1:5000");
        var path = new NetworkPath(second, IceAgentFixture.Remote);
        Assert.True(fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true), path));
        Assert.Equal(StunMessageType.BindingSuccess, StunForge.TypeOf(Assert.Single(fixture.Drain()).Datagram));

        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(second));
        fixture.Pass(TimeSpan.FromMilliseconds(10), fixture.Honest);

        Assert.Equal(path, fixture.Agent.SelectedPath);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Candidates_OfAnotherGeneration_AreHeldOrDropped()
    {
        var fixture = new IceAgentFixture();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote) with { Ufrag = "peer" });
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceNetwork.Parse("10.0.0.3:1")) with { Ufrag = "other" });
        Assert.Empty(fixture.Agent.Pairs);

        fixture.Describe();

        Assert.Equal(IceAgentFixture.Remote, Assert.Single(fixture.Agent.Pairs).Path.Remote);
        Assert.Equal(1, fixture.Agent.Statistics.IgnoredCandidates);
    }

    [Fact]
    public void RemoteCredentials_GivenAgain_ChangeNothing_AndOthersAreAMistake()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Describe();
        var other = IceCredentials.Create("othr", "peerpasswordpeerpassword");
        Assert.Throws<InvalidOperationException>(() => fixture.Agent.SetRemoteCredentials(fixture.Now, other, isLite: false));
    }
}
