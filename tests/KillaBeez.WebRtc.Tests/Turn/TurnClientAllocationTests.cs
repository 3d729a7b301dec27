using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnClientAllocationTests
{
    [Fact]
    public void Start_ServerWithCredentials_AllocatesAfterOneChallenge()
    {
        var rig = new TurnRig().Allocate();

        Assert.Equal(rig.Server.Relayed, rig.Client.RelayedAddress);
        Assert.Equal(rig.Server.Mapped, rig.Client.MappedAddress);
        Assert.Equal([new TurnEvent(TurnEventKind.Allocated)], rig.Events);
        Assert.Equal([false, true], rig.Server.Calls.Select(call => call.HasCredentials));
        Assert.Equal(2, rig.Server.Calls.Select(call => call.Id).Distinct().Count());
    }

    [Fact]
    public void FirstRequest_IsWrittenAsGoldenBytes()
    {
        var rig = new TurnRig(options: TurnRig.Options("[2001:db8::1]:3478") with { RequestIPv6 = true });
        rig.Start();

        var request = Convert.ToHexString(Assert.Single(rig.Sent).Bytes);
        Assert.Equal("000300102112A442", request[..16]);
        Assert.Equal("0019" + "0004" + "11000000" + "0017" + "0004" + "02000000", request[40..]);
    }

    [Fact]
    public void Start_ServerWithoutCredentials_AllocatesAtOnce()
    {
        var rig = new TurnRig(new ScriptedTurnServer { WantsCredentials = false }).Allocate();

        Assert.False(Assert.Single(rig.Server.Calls).HasCredentials);
    }

    [Fact]
    public void Start_IPv6Requested_TakesIPv6Only()
    {
        var options = TurnRig.Options() with { RequestIPv6 = true };
        var good = new TurnRig(new ScriptedTurnServer { Relayed = TurnRig.Parse("[2001:db8::7]:50000") }, options).Allocate();
        Assert.True(good.Client.RelayedAddress!.Value.IsIPv6);

        var bad = new TurnRig(options: options);
        bad.Start();
        bad.RunUntil(() => bad.Client.State == TurnClientState.Failed, seconds: 1);
        Assert.Contains("family", bad.Client.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_OverStream_MarksTheMappedAddressAsTcpAndTheRelayedAsUdp()
    {
        var options = TurnRig.Options();
        var rig = new TurnRig(options: options with { Server = options.Server.AsTcp() }).Allocate();

        Assert.True(rig.Client.MappedAddress!.Value.IsTcp);
        Assert.False(rig.Client.RelayedAddress!.Value.IsTcp);
    }

    [Fact]
    public void Start_SilentServer_IsAskedSevenTimesAndFailsAfter39Seconds()
    {
        var rig = new TurnRig(new ScriptedTurnServer { IsSilent = true });
        var start = rig.Now;
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 60);

        Assert.Equal(TimeSpan.FromSeconds(39.5), rig.Now - start);
        Assert.Equal([0, 500, 1500, 3500, 7500, 15500, 31500], rig.Sent.Select(sent => (sent.At - start).TotalMilliseconds));
        Assert.Single(rig.Sent.Select(sent => Convert.ToHexString(sent.Bytes)).Distinct());
        Assert.Equal([new TurnEvent(TurnEventKind.Failed)], rig.Events);
        Assert.Null(rig.Client.Failure!.Code);
        Assert.Contains("192.0.2.1:3478 does not answer", rig.Client.Failure.Reason, StringComparison.Ordinal);
        Assert.Equal(Instant.Never, rig.Client.NextTimeout);
    }

    [Fact]
    public void Start_SilentServerOverStream_IsAskedOnceAndFailsAfter39Seconds()
    {
        var options = TurnRig.Options();
        var rig = new TurnRig(new ScriptedTurnServer { IsSilent = true }, options with { Server = options.Server.AsTcp() });
        var start = rig.Now;
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 60);

        Assert.Equal(TimeSpan.FromSeconds(39.5), rig.Now - start);
        Assert.Single(rig.Sent);
    }

    [Fact]
    public void Start_WrongPassword_FailsAndTriesItOnlyOnce()
    {
        var rig = new TurnRig(options: TurnRig.Options() with { Password = "wrong" });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal(2, rig.Server.Calls.Count);
        Assert.Equal(StunErrorCode.Unauthenticated, rig.Client.Failure!.Code);
        Assert.Contains("user name and password", rig.Client.Failure.Reason, StringComparison.Ordinal);
        Assert.Single(rig.Events);
    }

    [Fact]
    public void Start_WrongRealm_Fails()
    {
        // The challenge names one realm and the check uses another, as a misconfigured server does.
        var server = new ScriptedTurnServer();
        var rig = new TurnRig(server);
        rig.Start();
        rig.RunUntil(() => server.Calls.Count == 1, seconds: 1);
        server.Realm = "other.example";
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal(StunErrorCode.Unauthenticated, rig.Client.Failure!.Code);
    }

    [Fact]
    public void Start_NonceStaleAtOnce_TakesTheNewOne()
    {
        var server = new ScriptedTurnServer();
        var rig = new TurnRig(server);
        rig.Start();
        rig.RunUntil(() => server.Calls.Count == 1, seconds: 1);
        server.Nonce = "second-nonce";
        rig.RunUntil(() => rig.Client.State == TurnClientState.Allocated, seconds: 5);

        Assert.Equal([null, "first-nonce", "second-nonce"], server.Calls.Select(call => call.Nonce));
        Assert.Equal(3, server.Calls.Select(call => call.Id).Distinct().Count());
    }

    [Fact]
    public void Start_EveryNonceStale_FailsInsteadOfCirclingForEver()
    {
        var server = new ScriptedTurnServer { RefuseUnproven = null };
        var rig = new TurnRig(server);
        rig.Drop = (toServer, _) =>
        {
            server.Nonce = toServer ? $"nonce-{rig.Sent.Count}" : server.Nonce;
            return false;
        };
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal(StunErrorCode.StaleNonce, rig.Client.Failure!.Code);
        Assert.Equal(3, server.Calls.Count);
    }

    [Theory]
    [InlineData(403, "forbids")]
    [InlineData(420, "attribute")]
    [InlineData(440, "IPv4")]
    [InlineData(441, "somebody else")]
    [InlineData(442, "UDP")]
    [InlineData(486, "quota")]
    [InlineData(500, "failed")]
    [InlineData(508, "capacity")]
    [InlineData(699, "log")]
    public void Start_Refused_FailsWithCodeAndAdvice(int code, string word)
    {
        var rig = new TurnRig(new ScriptedTurnServer { Refuse = _ => new StunErrorCode(code) });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal([new TurnEvent(TurnEventKind.Failed)], rig.Events);
        Assert.Equal(code, rig.Client.Failure!.Code!.Value.Value);
        Assert.Contains(word, rig.Client.Failure.Reason, StringComparison.Ordinal);
        Assert.EndsWith($"(error {code}).", rig.Client.Failure.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedTurnServer.User, rig.Client.Failure.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedTurnServer.Password, rig.Client.Failure.Reason, StringComparison.Ordinal);
        Assert.Equal(Instant.Never, rig.Client.NextTimeout);
    }

    [Fact]
    public void Start_AllocationMismatch_AsksForANewSocket()
    {
        var rig = new TurnRig(new ScriptedTurnServer { Refuse = _ => StunErrorCode.AllocationMismatch });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal([new TurnEvent(TurnEventKind.NeedsNewSocket)], rig.Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Start_TryAlternate_NamesTheOtherServer(bool isTcp)
    {
        var alternate = TurnRig.Parse("192.0.2.77:3479");
        var server = new ScriptedTurnServer
        {
            RefuseUnproven = _ => StunErrorCode.TryAlternate, Alternate = alternate, AlternateDomain = "two.example",
        };
        var options = TurnRig.Options();
        var rig = new TurnRig(server, isTcp ? options with { Server = options.Server.AsTcp() } : options);
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        var expected = isTcp ? alternate.AsTcp() : alternate;
        Assert.Equal([new TurnEvent(TurnEventKind.TryAlternate, expected, "two.example")], rig.Events);
    }

    [Theory]
    [InlineData("192.0.2.1:3478", false)]
    [InlineData("[2001:db8::77]:3478", false)]
    [InlineData("192.0.2.77:0", false)]
    [InlineData("0.0.0.0:3478", false)]
    [InlineData("192.0.2.77:3478", true)]
    public void Start_TryAlternateThatWouldCircleOrCannotBe_Fails(string alternate, bool isSecond)
    {
        var server = new ScriptedTurnServer { RefuseUnproven = _ => StunErrorCode.TryAlternate, Alternate = TurnRig.Parse(alternate) };
        var rig = new TurnRig(server, TurnRig.Options() with { IsAlternate = isSecond });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal([new TurnEvent(TurnEventKind.Failed)], rig.Events);
        Assert.Equal(StunErrorCode.TryAlternate, rig.Client.Failure!.Code);
    }

    [Fact]
    public void Start_TryAlternateWithoutAddress_Fails()
    {
        var rig = new TurnRig(new ScriptedTurnServer { RefuseUnproven = _ => StunErrorCode.TryAlternate });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Equal([new TurnEvent(TurnEventKind.Failed)], rig.Events);
    }

    [Theory]
    [InlineData("0.0.0.0:50000")]
    [InlineData("198.51.100.7:0")]
    public void Start_UselessRelayedAddress_Fails(string relayed)
    {
        var rig = new TurnRig(new ScriptedTurnServer { Relayed = TurnRig.Parse(relayed) });
        rig.Start();
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 5);

        Assert.Contains("without a relayed address", rig.Client.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_Twice_Throws()
    {
        var rig = new TurnRig();
        rig.Start();

        Assert.Throws<InvalidOperationException>(() => rig.Client.Start(rig.Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void Create_UserNameEmptyOrTooLong_Throws(string? username)
    {
        var options = TurnRig.Options() with { Username = username ?? new string('u', 509) };

        var e = Assert.Throws<ArgumentException>(() => new TurnClient(options, new SeededRandomSource(1)));
        Assert.DoesNotContain("uuu", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_AsText_LeaveCredentialsOut()
    {
        var text = TurnRig.Options().ToString();

        Assert.DoesNotContain(ScriptedTurnServer.User, text, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedTurnServer.Password, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Close_Allocated_GivesTheAllocationBack()
    {
        var rig = new TurnRig().Allocate();
        rig.Close();
        rig.Run(seconds: 10);

        Assert.Equal(0u, rig.Server.Calls[^1].Lifetime);
        Assert.False(rig.Server.IsAllocated);
        Assert.Equal(TurnClientState.Closed, rig.Client.State);
        Assert.Null(rig.Client.RelayedAddress);
        Assert.Equal(Instant.Never, rig.Client.NextTimeout);
    }

    [Fact]
    public void Close_NonceStale_GivesTheAllocationBackAllTheSame()
    {
        var rig = new TurnRig().Allocate();
        rig.Server.Nonce = "second-nonce";
        rig.Close();
        rig.Run(seconds: 10);

        Assert.False(rig.Server.IsAllocated);
    }

    [Fact]
    public void Close_ServerGone_GivesUpAfterThreeSends()
    {
        var rig = new TurnRig().Allocate();
        rig.Server.IsSilent = true;
        rig.Sent.Clear();
        rig.Close();
        rig.Run(seconds: 60);

        Assert.Equal(3, rig.Sent.Count);
        Assert.Equal(Instant.Never, rig.Client.NextTimeout);
        Assert.Single(rig.Events);
    }

    [Fact]
    public void Close_BeforeTheAnswer_GivesBackWhatTheServerMayHaveAllocated()
    {
        var rig = new TurnRig();
        rig.Start();
        rig.RunUntil(() => rig.Server.IsAllocated, seconds: 1);
        Assert.Equal(TurnClientState.Allocating, rig.Client.State);
        rig.Close();
        rig.Run(seconds: 10);

        Assert.False(rig.Server.IsAllocated);
        Assert.Empty(rig.Events);
    }

    [Fact]
    public void Close_BeforeStart_SendsNothing()
    {
        var rig = new TurnRig();
        rig.Close();

        Assert.Empty(rig.Sent);
    }
}
