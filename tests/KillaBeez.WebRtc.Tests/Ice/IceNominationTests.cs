using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceNominationTests
{
    private static readonly TransportAddress LocalV6 = IceNetwork.Parse("[2001:db8::1]:5000");
    private static readonly NetworkPath PathV6 = new(LocalV6, IceNetwork.Parse("[2001:db8::2]:6000"));

    [Fact]
    public void Controlling_HostPair_IsNominatedAtOnceAndOnlyIt()
    {
        var fixture = DualStack(IceRole.Controlling);
        AddHosts(fixture);
        var sent = fixture.Pass(TimeSpan.FromSeconds(3), fixture.Honest);

        var nominations = sent.Where(s => UseCandidateAttribute.IsPresent(StunForge.Parse(s.Datagram))).ToList();
        Assert.Equal(PathV6, Assert.Single(nominations).Path);
        Assert.Equal(PathV6, fixture.Agent.SelectedPath);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Theory]
    [InlineData("srflx", 500)]
    [InlineData("prflx", 1000)]
    [InlineData("relay", 2000)]
    public void Controlling_WorsePair_IsUsedAtOnceAndNominatedAfterItsWait(string type, int waitMs)
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        Assert.True(IceCandidateLine.TryParse($"candidate:1 1 udp 1000 10.0.0.2 6000 typ {type} raddr 0.0.0.0 rport 0", out var candidate, out _));
        fixture.Agent.AddRemoteCandidate(fixture.Now, candidate!);

        fixture.Pass(TimeSpan.FromMilliseconds(waitMs - 1), fixture.Honest);
        Assert.Equal(IceState.Connected, fixture.Agent.State);
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);

        fixture.Pass(TimeSpan.FromMilliseconds(2), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Controlling_WorsePair_IsNominatedAtOnceWhenNothingBetterCanCome()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote) with { Type = IceCandidateType.Relayed });
        fixture.Agent.SetEndOfRemoteCandidates(fixture.Now);
        fixture.Pass(TimeSpan.FromMilliseconds(1), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Controlling_NominationLost_IsRepeatedUntilAnswered()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var nominations = 0;
        fixture.Pass(TimeSpan.FromSeconds(20), (path, datagram) =>
        {
            // Consent repeats what is done already.
            var isNomination = fixture.Agent.State != IceState.Completed && UseCandidateAttribute.IsPresent(StunForge.Parse(datagram));
            nominations += isNomination ? 1 : 0;
            return isNomination && nominations < 12 ? null : fixture.Honest(path, datagram);
        });

        Assert.Equal(12, nominations);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    /// <summary>
    /// werift answers checks that come before the answer to its ICE restart, nomination included, and then forgets them:
    /// the transfer stood still for good.
    /// </summary>
    [Fact]
    public void Controlling_PeerAnswersTheNominationWithoutObeying_ConsentNominatesAgain()
    {
        var fixture = DualStack(IceRole.Controlling);
        AddHosts(fixture);
        fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);

        var consent = fixture.Pass(TimeSpan.FromSeconds(20), fixture.Honest).Where(s => s.Path == PathV6).ToList();

        Assert.InRange(consent.Count, 3, 5);
        Assert.All(consent, s => Assert.True(UseCandidateAttribute.IsPresent(StunForge.Parse(s.Datagram))));
        Assert.Equal(PathV6, fixture.Agent.SelectedPath);
    }

    [Fact]
    public void Controlled_Consent_NominatesNothing()
    {
        var fixture = DualStack(IceRole.Controlled);
        AddHosts(fixture);
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true), PathV6);

        var sent = fixture.Pass(TimeSpan.FromSeconds(60), fixture.Honest);

        Assert.Equal(IceState.Completed, fixture.Agent.State);
        Assert.DoesNotContain(sent, s => UseCandidateAttribute.IsPresent(StunForge.Parse(s.Datagram)));
    }

    [Fact]
    public void Controlled_UseCandidateBeforeOurCheckSucceeded_NominatesOnSuccess()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        var sent = fixture.Drain();
        Assert.Equal(2, sent.Count);
        Assert.Null(fixture.Agent.SelectedPath);

        fixture.Receive(fixture.Honest(sent[1].Path, sent[1].Datagram)!);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Controlled_AggressivePeer_HigherPriorityWinsAndLowerDoesNotTakeOver()
    {
        var fixture = DualStack(IceRole.Controlled);
        AddHosts(fixture);
        fixture.Pass(TimeSpan.FromMilliseconds(1), fixture.Honest);

        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
        Assert.Equal(IceState.Completed, fixture.Agent.State);

        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true), PathV6);
        Assert.Equal(PathV6, fixture.Agent.SelectedPath);

        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        Assert.Equal(PathV6, fixture.Agent.SelectedPath);

        // Now the better one falls silent: the peer's lower choice counts.
        fixture.Pass(TimeSpan.FromSeconds(2.6), fixture.Honest);
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
    }

    [Fact]
    public void Controlled_LongUnusedPair_IsCheckedAgainBeforeItIsSelected()
    {
        var fixture = DualStack(IceRole.Controlled);
        AddHosts(fixture);
        fixture.Pass(TimeSpan.FromMilliseconds(1), fixture.Honest);
        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true));
        fixture.Pass(TimeSpan.FromSeconds(90), (path, datagram) => path == PathV6 ? null : fixture.Honest(path, datagram));

        fixture.Receive(StunForge.Check(fixture.Agent, useCandidate: true), PathV6);
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
        fixture.Pass(TimeSpan.FromMilliseconds(60), fixture.Honest);
        Assert.Equal(PathV6, fixture.Agent.SelectedPath);
        fixture.Pass(TimeSpan.FromSeconds(60), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Controlling_BetterPairAnsweredDuringNomination_DoesNotTakeOver()
    {
        var fixture = DualStack(IceRole.Controlling);
        AddHosts(fixture);
        var checks = fixture.Drain();
        var (worse, better) = (checks.Single(c => c.Path == IceAgentFixture.Path), checks.Single(c => c.Path == PathV6));
        fixture.Receive(fixture.Honest(worse.Path, worse.Datagram)!);
        var nomination = Assert.Single(fixture.Drain());
        Assert.Equal(IceAgentFixture.Path, nomination.Path);

        fixture.Receive(fixture.Honest(better.Path, better.Datagram)!, PathV6);
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
        fixture.Receive(fixture.Honest(nomination.Path, nomination.Datagram)!);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
    }

    [Fact]
    public void Controlling_OncePairIsNominated_OthersAreNotRepeated()
    {
        var fixture = DualStack(IceRole.Controlling);
        AddHosts(fixture);

        // After 25 seconds a backup on another base is looked for.
        var sent = fixture.Pass(
            TimeSpan.FromSeconds(24), (path, datagram) => path == IceAgentFixture.Path ? fixture.Honest(path, datagram) : null);
        Assert.Single(sent, s => s.Path == PathV6);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void RoundTripTime_IsNotTakenFromRepeatedChecks()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote) with { Type = IceCandidateType.PeerReflexive });
        var first = Assert.Single(fixture.Drain());
        fixture.Pass(TimeSpan.FromMilliseconds(600));
        fixture.Receive(fixture.Honest(first.Path, first.Datagram)!);
        Assert.Equal(IceState.Connected, fixture.Agent.State);
        Assert.Null(fixture.Agent.RoundTripTime);
    }

    [Fact]
    public void ValidatedPath_IsAnyPairThatWasAnswered()
    {
        var fixture = DualStack(IceRole.Controlled);
        AddHosts(fixture);
        Assert.False(fixture.Agent.IsValidated(PathV6));
        fixture.Pass(TimeSpan.FromMilliseconds(1), fixture.Honest);

        Assert.True(fixture.Agent.IsValidated(PathV6));
        Assert.True(fixture.Agent.IsValidated(IceAgentFixture.Path));
        Assert.False(fixture.Agent.IsValidated(PathV6 with { Remote = IceNetwork.Parse("[2001:db8::2]:6001") }));
    }

    [Fact]
    public void Close_EndsEverything()
    {
        var fixture = DualStack(IceRole.Controlling);
        AddHosts(fixture);
        fixture.Agent.Close(fixture.Now);
        Assert.Empty(fixture.Drain());
        Assert.Equal(Instant.Never, fixture.Agent.NextTimeout);
        Assert.False(fixture.Receive(StunForge.Check(fixture.Agent)));
        Assert.Equal(IceState.Closed, fixture.Agent.State);
    }

    private static IceAgentFixture DualStack(IceRole role)
    {
        var fixture = new IceAgentFixture(role);
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(LocalV6));
        fixture.Describe();
        return fixture;
    }

    private static void AddHosts(IceAgentFixture fixture)
    {
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(PathV6.Remote));
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote, localPreference: 100));
    }
}
