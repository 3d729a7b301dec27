using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceRoleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BothInTheSameRole_SettleAndComplete(bool bothControlling)
    {
        var role = bothControlling ? IceRole.Controlling : IceRole.Controlled;
        foreach (var seed in SeedSweep.Of(60))
        {
            var network = new IceNetwork(seed, loss: 0.1, minDelayMs: 1, maxDelayMs: 40);
            var left = network.AddNode(null, IceConnections.Left("both"));
            var right = network.AddNode(null, IceConnections.Right("both"));
            IceConnections.Prepare(network, left, role);
            IceConnections.Prepare(network, right, role);
            IceConnections.Describe(network, left, right, isComplete: true);
            IceConnections.Describe(network, right, left, isComplete: true);

            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(60)), $"seed {seed}");
            Assert.NotEqual(left.Agent.Role, right.Agent.Role);
            Assert.True(left.Agent.Statistics.RoleConflicts + right.Agent.Statistics.RoleConflicts > 0);
        }
    }

    [Fact]
    public void Request_InOurRoleWithSmallerNumber_IsAnswered487()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        Assert.True(fixture.Receive(StunForge.Check(fixture.Agent, isControlling: true, tieBreaker: 0)));

        var (path, reply) = Assert.Single(fixture.Drain());
        Assert.Equal(IceAgentFixture.Path, path);
        var message = StunForge.Parse(reply);
        Assert.Equal(StunMessageType.BindingError, message.Type);
        Assert.True(ErrorCodeAttribute.TryRead(message, out var code));
        Assert.Equal(StunErrorCode.RoleConflict, code);
        Assert.True(MessageIntegrityAttribute.IsValid(message, fixture.Agent.LocalCredentials.PasswordBytes));
        Assert.Equal(IceRole.Controlling, fixture.Agent.Role);
    }

    [Fact]
    public void Request_InOurRoleWithLargerNumber_MakesUsSwitchAndSucceeds()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        Assert.True(fixture.Receive(StunForge.Check(fixture.Agent, isControlling: true, tieBreaker: ulong.MaxValue)));

        Assert.Equal(StunMessageType.BindingSuccess, StunForge.TypeOf(fixture.Drain()[0].Datagram));
        Assert.Equal(IceRole.Controlled, fixture.Agent.Role);
    }

    [Fact]
    public void Response487_ToTheClaimedRole_SwitchesAndChecksAgain()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var first = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram).TransactionId;

        Assert.True(fixture.Receive(StunForge.Error(first, StunErrorCode.RoleConflict, fixture.Peer.Password)));

        Assert.Equal(IceRole.Controlled, fixture.Agent.Role);
        var again = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram);
        Assert.NotEqual(first, again.TransactionId);
        Assert.True(IceRoleAttribute.TryRead(again, out var isControlling, out _));
        Assert.False(isControlling);
    }

    [Fact]
    public void Response487_WithoutIntegrity_ChangesNothing()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var first = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram).TransactionId;

        Assert.False(fixture.Receive(StunForge.Error(first, StunErrorCode.RoleConflict, password: null)));
        Assert.Equal(IceRole.Controlling, fixture.Agent.Role);
    }

    [Fact]
    public void LitePeer_IsControlledAndNominatedByUs()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var network = new IceNetwork(seed, loss: 0.1, minDelayMs: 1, maxDelayMs: 40);
            var full = network.AddNode(null, IceConnections.LeftV4);
            var lite = network.AddNode(null, IceConnections.RightV4);
            IceConnections.Prepare(network, full, IceRole.Controlled);
            IceConnections.Prepare(network, lite, IceRole.Controlled);
            network.Drop = (path, datagram) => path.Local == lite.Addresses[0] && StunForge.IsRequest(datagram);
            full.Agent.SetRemoteCredentials(network.Now, lite.Agent.LocalCredentials, isLite: true);
            IceConnections.AddCandidates(network, full, lite);

            Assert.True(network.RunUntil(() => full.IsCompleted, TimeSpan.FromSeconds(60)), $"seed {seed}");
            Assert.Equal(IceRole.Controlling, full.Agent.Role);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LitePeer_WithSeveralAddresses_GetsOneNominationAndKeepsItsConsent(bool firstIsDead)
    {
        var fixture = new IceAgentFixture(IceRole.Controlled);
        var second = IceNetwork.Parse("10.0.0.3:6000");
        fixture.Agent.SetRemoteCredentials(fixture.Now, fixture.Peer, isLite: true);
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(second, 100));
        fixture.Agent.SetEndOfRemoteCandidates(fixture.Now);
        var nominated = new List<TransportAddress>();

        // A lite agent answers and does nothing else (RFC 8445, section 2.5).
        fixture.Pass(TimeSpan.FromMinutes(3), (path, datagram) =>
        {
            if (firstIsDead && path.Remote == IceAgentFixture.Remote)
            {
                return null;
            }

            if (UseCandidateAttribute.IsPresent(StunForge.Parse(datagram)))
            {
                nominated.Add(path.Remote);
            }

            return fixture.Honest(path, datagram);
        });

        Assert.Equal(IceState.Completed, fixture.Agent.State);
        Assert.Equal(IceRole.Controlling, fixture.Agent.Role);
        Assert.Equal([firstIsDead ? second : IceAgentFixture.Remote], nominated.Distinct());
    }
}
