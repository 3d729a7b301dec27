using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Ice;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>STUN from somebody who has no password: on a live connection, and while one is made.</summary>
public sealed class ForgedStunTests
{
    private static readonly PathConditions Lan = new() { DelayMs = 2 };

    [Fact]
    public void Checks_WithTheRightUfragAndAWrongPassword_GetNoAnswerAndMoveNothing()
    {
        using var pair = Connected(31);
        var attacker = new Attacker(pair, pair.A);
        var path = pair.A.Engine.SelectedPath;
        for (var i = 0; i < 200; i++)
        {
            attacker.Send(Attacker.Stranger, attacker.Check());
            attacker.Send(pair.B.Address, attacker.Check(isControlling: i % 2 == 0));
        }

        Assert.Equal(0, attacker.BytesTo(Attacker.Stranger));
        Assert.Equal(0, attacker.BytesTo(pair.B.Address));
        Assert.Equal(path, pair.A.Engine.SelectedPath);
        AssertAliveAfterAMinute(pair);
    }

    /// <summary>The attacker sees the transaction ids, as anybody on the same radio does, and is faster than the peer.</summary>
    [Theory]
    [InlineData(487)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(420)]
    public void Errors_ToTransactionsThatWereSeen_ChangeNeitherRoleNorConnection(int code)
    {
        using var pair = new EnginePair(32, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new WebRtc.PeerConnections.DataChannelInit().ToTransport("x"));
        var attacker = new Attacker(pair, pair.A);
        var forged = new List<byte[]>();
        pair.AToB.Tap = datagram =>
        {
            if (datagram[0] == 0 && StunForge.IsRequest(datagram))
            {
                var id = StunForge.Parse(datagram).TransactionId;
                forged.Add(StunForge.Error(id, new StunErrorCode(code), password: null));
                forged.Add(StunForge.Error(id, new StunErrorCode(code), "this is not the password"));
                forged.Add(StunForge.Success(id, pair.A.Address, "this is not the password"));
            }

            return true;
        };
        pair.Negotiate();
        Assert.True(pair.RunUntil(
            () =>
            {
                foreach (var datagram in forged.ToList())
                {
                    forged.Remove(datagram);
                    attacker.Send(pair.B.Address, datagram);
                }

                return pair.A.Opened.Any();
            },
            30));
        Assert.InRange(pair.Now.SinceOrigin.TotalMilliseconds, 0, 200);
        AssertAliveAfterAMinute(pair);
    }

    [Fact]
    public void RoleConflict_WithoutIntegrity_DoesNotTurnTheRoles()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var id = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram).TransactionId;

        Assert.False(fixture.Receive(StunForge.Error(id, StunErrorCode.RoleConflict, password: null)));
        Assert.False(fixture.Receive(StunForge.Error(id, StunErrorCode.RoleConflict, "this is not the password")));
        Assert.Equal(IceRole.Controlling, fixture.Agent.Role);
        Assert.Equal(0, fixture.Agent.Statistics.RoleConflicts);

        // The same words of the peer's do turn them.
        Assert.True(fixture.Receive(StunForge.Error(id, StunErrorCode.RoleConflict, fixture.Peer.Password)));
        Assert.Equal(IceRole.Controlled, fixture.Agent.Role);
    }

    internal static EnginePair Connected(ulong seed)
    {
        var pair = new EnginePair(seed, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new WebRtc.PeerConnections.DataChannelInit().ToTransport("x"));
        pair.Negotiate();
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any() && pair.B.Opened.Any(), 30));
        return pair;
    }

    internal static void AssertAliveAfterAMinute(EnginePair pair)
    {
        pair.RunUntil(() => false, 60);
        Assert.Equal(PeerConnectionState.Connected, pair.A.Engine.State);
        Assert.Equal(PeerConnectionState.Connected, pair.B.Engine.State);
        Assert.DoesNotContain(PeerConnectionState.Disconnected, pair.A.States);
        var received = 0;
        pair.B.MessageReceived = (_, _) => received++;
        Assert.True(pair.A.Engine.Channels.TrySend(pair.Now, pair.A.Opened.First(), "still here"u8, isText: true));
        Assert.True(pair.RunUntil(() => received == 1, 5));
    }
}
