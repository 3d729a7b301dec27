using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>Two engines under virtual time: negotiation, states, ends.</summary>
public sealed class PeerConnectionEngineTests
{
    private static readonly PathConditions Lan = new() { DelayMs = 2 };

    [Fact]
    public void Connect_CleanPath_GoesThroughTheStates()
    {
        using var pair = Connected(1);

        Assert.Equal([PeerConnectionState.Connecting, PeerConnectionState.Connected], pair.A.States);
        Assert.Equal([PeerConnectionState.Connecting, PeerConnectionState.Connected], pair.B.States);

        // Check, triggered check, DTLS in two round trips, SCTP in two, DCEP in one: nothing waits for a timer.
        Assert.InRange(pair.Now.SinceOrigin.TotalMilliseconds, 4 * 2, 100);
    }

    [Fact]
    public void Connect_AnswererFirst_EarlyClientHelloIsKept()
    {
        // B's checks are answered, A's are lost for a while: B's side of the path is validated and B speaks DTLS
        // while A still waits for an answer to a check of its own.
        using var pair = new EnginePair(2, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        var hellos = 0;
        pair.BToA.Tap = datagram =>
        {
            hellos += datagram[0] == 22 && datagram[1] == 1 ? 1 : 0;
            return true;
        };
        var lost = 3;
        pair.AToB.Tap = datagram => datagram[0] != 0 || datagram[1] != 1 || lost-- <= 0;
        pair.Negotiate();
        var path = new NetworkPath(pair.A.Address, pair.B.Address);
        Assert.True(pair.RunUntil(() => pair.A.Engine.IsValidated(path), 30));
        var early = hellos;
        Assert.InRange(early, 1, int.MaxValue);

        Assert.True(pair.RunUntil(() => pair.A.Opened.Any(), 10));

        // The handshake went on with the hello that was there: no further one was needed.
        Assert.Equal(early, hellos);
    }

    /// <summary>The offerer is asked for its role before it has the answer; by the tie-breaker alone half the seeds would fail.</summary>
    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    public void Connect_AnswerersChecksBeforeTheAnswer_MeetTheRightRole(ulong seed)
    {
        using var pair = new EnginePair(seed, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        var conflicts = 0;
        pair.AToB.Tap = datagram =>
        {
            // An error response to a binding request.
            conflicts += datagram[0] == 1 && datagram[1] == 0x11 ? 1 : 0;
            return true;
        };
        var offer = pair.A.Engine.CreateOffer(pair.Now);
        pair.A.Engine.SetLocalDescription(pair.Now, offer);
        Assert.True(pair.B.Engine.TrySetRemoteDescription(pair.Now, offer, out _));
        var answer = pair.B.Engine.CreateAnswer(pair.Now);
        pair.B.Engine.SetLocalDescription(pair.Now, answer);
        pair.RunUntil(() => false, 0.2);
        Assert.True(pair.A.Engine.TrySetRemoteDescription(pair.Now, answer, out _));

        Assert.True(pair.RunUntil(() => pair.A.Opened.Any(), 10));
        Assert.Equal(0, conflicts);
    }

    [Fact]
    public void Connect_FingerprintOfAnother_FailsBeforeSctp()
    {
        using var pair = new EnginePair(3, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        var offer = pair.A.Engine.CreateOffer(pair.Now);
        pair.A.Engine.SetLocalDescription(pair.Now, offer);
        Assert.True(pair.B.Engine.TrySetRemoteDescription(pair.Now, offer, out _));
        var answer = pair.B.Engine.CreateAnswer(pair.Now);
        pair.B.Engine.SetLocalDescription(pair.Now, answer);
        var fingerprint = answer.Sdp.Split("a=fingerprint:sha-256 ")[1].Split("\r\n")[0];
        var forged = answer with { Sdp = answer.Sdp.Replace(fingerprint, string.Join(':', Enumerable.Repeat("00", 32)), StringComparison.Ordinal) };
        Assert.True(pair.A.Engine.TrySetRemoteDescription(pair.Now, forged, out _));

        Assert.True(pair.RunUntil(() => pair.A.Engine.IsFinished && pair.B.Engine.IsFinished, 10));

        Assert.Equal(PeerConnectionCloseReason.FingerprintMismatch, pair.A.Engine.CloseReason);
        Assert.Equal(PeerConnectionState.Failed, pair.A.States[^1]);
        Assert.Equal(0, pair.A.Dtls.RecordsRead);
        Assert.Empty(pair.A.Opened);
        Assert.True(pair.A.Engine.VerifiedPeerCertificate.IsEmpty);
    }

    [Fact]
    public void Close_Connected_TellsThePeerAndFinishes()
    {
        using var pair = Connected(4);
        pair.A.Engine.Close(pair.Now);

        Assert.True(pair.RunUntil(() => pair.A.Engine.IsFinished && pair.B.Engine.IsFinished, 5));
        Assert.Equal(PeerConnectionCloseReason.Local, pair.A.Engine.CloseReason);
        Assert.Equal(PeerConnectionCloseReason.Remote, pair.B.Engine.CloseReason);
        Assert.Equal(Instant.Never, pair.B.Engine.NextTimeout);
        Assert.Contains(pair.B.ChannelEvents, e => e.Kind == WebRtc.DataChannels.DataChannelEventKind.ChannelClosed);
    }

    [Fact]
    public void Path_SilentForAWhile_DisconnectsAndRecovers()
    {
        using var pair = Connected(5);
        pair.AToB.IsCut = pair.BToA.IsCut = true;
        Assert.True(pair.RunUntil(() => pair.A.Engine.State == PeerConnectionState.Disconnected, 20));

        pair.AToB.IsCut = pair.BToA.IsCut = false;

        Assert.True(pair.RunUntil(() => pair.A.Engine.State == PeerConnectionState.Connected, 20));
    }

    [Fact]
    public void Path_SilentForGood_FailsAfterConsentExpires()
    {
        using var pair = Connected(6);
        var cutAt = pair.Now;
        pair.AToB.IsCut = pair.BToA.IsCut = true;

        Assert.True(pair.RunUntil(() => pair.A.Engine.IsFinished && pair.B.Engine.IsFinished, 60));

        Assert.Equal(PeerConnectionCloseReason.IceFailed, pair.A.Engine.CloseReason);
        Assert.InRange((pair.Now - cutAt).TotalSeconds, 24, 45);
    }

    [Fact]
    public void Connect_NobodyThere_FailsWithAReason()
    {
        using var pair = new EnginePair(7, Lan);
        pair.AToB.IsCut = pair.BToA.IsCut = true;
        pair.Negotiate();

        Assert.True(pair.RunUntil(() => pair.A.Engine.IsFinished && pair.B.Engine.IsFinished, 120));

        Assert.Equal(PeerConnectionCloseReason.IceFailed, pair.A.Engine.CloseReason);
        Assert.NotNull(pair.A.Engine.FailureReason);
    }

    [Fact]
    public void SctpPort_OtherThanUsual_IsDescribedAndUsed()
    {
        var options = new PeerConnectionEngineOptions
        {
            LocalFingerprint = default,
            CreateDtls = null!,
            Channels = new WebRtc.DataChannels.DataChannelTransportOptions { Sctp = new WebRtc.Sctp.SctpOptions { LocalPort = 6001 } },
        };
        using var pair = new EnginePair(9, Lan, options);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        pair.Negotiate();
        Assert.Contains("a=sctp-port:6001", pair.A.Engine.LocalDescription!.Sdp, StringComparison.Ordinal);
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any() && pair.B.Opened.Any(), 10));

        // The ports belong to the association, which stays the same.
        var offer = pair.A.Engine.CreateOffer(pair.Now);
        var changed = offer with { Sdp = offer.Sdp.Replace("a=sctp-port:6001", "a=sctp-port:6002", StringComparison.Ordinal) };
        Assert.True(pair.B.Engine.TrySetRemoteDescription(pair.Now, offer, out _));
        pair.B.Engine.SetLocalDescription(pair.Now, pair.B.Engine.CreateAnswer(pair.Now));
        Assert.False(pair.B.Engine.TrySetRemoteDescription(pair.Now, changed, out var error));
        Assert.Contains("SCTP port", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Candidates_Trickled_ArriveInAnyOrder()
    {
        var options = new PeerConnectionEngineOptions { LocalFingerprint = default, CreateDtls = null!, TrickleCandidates = true };
        using var pair = new EnginePair(8, Lan, options);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        var offer = pair.A.Engine.CreateOffer(pair.Now);
        pair.A.Engine.SetLocalDescription(pair.Now, offer);
        pair.A.DrainEvents(pair.Now);
        Assert.Equal(2, pair.A.Candidates.Count);
        foreach (var candidate in pair.A.Candidates)
        {
            Assert.True(pair.B.Engine.TryAddIceCandidate(pair.Now, candidate));
        }

        Assert.True(pair.B.Engine.TrySetRemoteDescription(pair.Now, offer, out _));
        var answer = pair.B.Engine.CreateAnswer(pair.Now);
        pair.B.Engine.SetLocalDescription(pair.Now, answer);
        Assert.True(pair.A.Engine.TrySetRemoteDescription(pair.Now, answer, out _));

        Assert.DoesNotContain("a=candidate", offer.Sdp + answer.Sdp);
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any() && pair.B.Opened.Any(), 10));
    }

    [Fact]
    public void Offers_Crossing_OneGivesWayAndBothConnect()
    {
        using var pair = new EnginePair(9, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        var losing = pair.B.Engine.CreateOffer(pair.Now);
        pair.B.Engine.SetLocalDescription(pair.Now, losing);
        Assert.Equal(SignalingState.HaveLocalOffer, pair.B.Engine.SignalingState);

        pair.Negotiate();

        Assert.Equal(SignalingState.Stable, pair.B.Engine.SignalingState);
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any(), 10));
    }

    [Fact]
    public void Rollback_LocalOffer_ReturnsToStable()
    {
        using var pair = new EnginePair(10, Lan);
        pair.A.Engine.SetLocalDescription(pair.Now, pair.A.Engine.CreateOffer(pair.Now));
        pair.A.Engine.SetLocalDescription(pair.Now, new SessionDescription(SdpType.Rollback, string.Empty));

        Assert.Equal(SignalingState.Stable, pair.A.Engine.SignalingState);
        Assert.Null(pair.A.Engine.LocalDescription);
        Assert.Throws<InvalidOperationException>(
            () => pair.A.Engine.SetLocalDescription(pair.Now, new SessionDescription(SdpType.Rollback, string.Empty)));
    }

    [Fact]
    public void SetLocalDescription_ChangedText_IsRefused()
    {
        using var pair = new EnginePair(11, Lan);
        var offer = pair.A.Engine.CreateOffer(pair.Now);

        Assert.Throws<ArgumentException>(() => pair.A.Engine.SetLocalDescription(pair.Now, offer with { Sdp = offer.Sdp + "a=x\r\n" }));
    }

    [Fact]
    public void SetRemoteDescription_AnswerOutOfTurn_IsRefused()
    {
        using var pair = Connected(12);
        var answer = new SessionDescription(SdpType.Answer, pair.B.Engine.LocalDescription!.Sdp);

        Assert.Throws<InvalidOperationException>(() => pair.A.Engine.TrySetRemoteDescription(pair.Now, answer, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Renegotiate_FromEitherSide_KeepsTheRolesAndTheConnection(bool fromA)
    {
        using var pair = Connected(13);
        var roles = (pair.A.Engine.IsDtlsClient, pair.B.Engine.IsDtlsClient);

        Exchange(pair, fromA ? pair.A : pair.B, fromA ? pair.B : pair.A);

        Assert.Equal(roles, (pair.A.Engine.IsDtlsClient, pair.B.Engine.IsDtlsClient));
        AssertCarries(pair);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RestartIce_FromEitherSide_FindsAPathAgainAndKeepsTheChannels(bool fromA)
    {
        using var pair = Connected(14);
        var (offerer, answerer) = fromA ? (pair.A, pair.B) : (pair.B, pair.A);
        var ufrags = (pair.A.Engine.LocalUfrag, pair.B.Engine.LocalUfrag);
        offerer.Engine.RestartIce();

        Exchange(pair, offerer, answerer);

        Assert.NotEqual(ufrags.Item1, pair.A.Engine.LocalUfrag);
        Assert.NotEqual(ufrags.Item2, pair.B.Engine.LocalUfrag);
        AssertCarries(pair);
        Assert.True(pair.RunUntil(() => pair.A.Engine.State == PeerConnectionState.Connected, 20));
        pair.RunUntil(() => false, 60);
        Assert.Equal((PeerConnectionState.Connected, PeerConnectionState.Connected), (pair.A.Engine.State, pair.B.Engine.State));
    }

    [Fact]
    public void Renegotiate_OtherCertificate_IsRefused()
    {
        using var pair = Connected(15);
        var offer = pair.B.Engine.CreateOffer(pair.Now);
        var fingerprint = offer.Sdp.Split("a=fingerprint:sha-256 ")[1].Split("\r\n")[0];
        var forged = offer with { Sdp = offer.Sdp.Replace(fingerprint, string.Join(':', Enumerable.Repeat("11", 32)), StringComparison.Ordinal) };

        Assert.False(pair.A.Engine.TrySetRemoteDescription(pair.Now, forged, out var error));
        Assert.Contains("certificate", error);
        Assert.Equal(SignalingState.Stable, pair.A.Engine.SignalingState);
    }

    [Fact]
    public void HandleDatagram_Garbage_ChangesNothing()
    {
        using var pair = Connected(16);
        var random = new SeededRandomSource(16);
        var path = new NetworkPath(pair.A.Address, pair.B.Address);
        for (var i = 0; i < 5000; i++)
        {
            var bytes = new byte[random.NextInt32(0, 200)];
            random.Fill(bytes);
            if (bytes.Length > 0 && bytes[0] is >= 20 and <= 63)
            {
                // What looks like DTLS would be authenticated by the real one; the fake takes anything.
                bytes[0] = (byte)(bytes[0] % 4);
            }

            pair.A.Engine.HandleDatagram(pair.Now, path, bytes);
        }

        AssertCarries(pair);
    }

    [Fact]
    public void HandleDatagram_DtlsFromUnvalidatedAddress_IsBoundedAndIgnored()
    {
        using var pair = Connected(17);
        var stranger = new NetworkPath(pair.A.Address, TransportAddress.From(System.Net.IPAddress.Parse("192.0.2.99"), 9));
        for (var i = 0; i < 1000; i++)
        {
            pair.A.Engine.HandleDatagram(pair.Now, stranger, [21, 0]);
        }

        // The fake's alert would close the association if it came from where the peer is.
        Assert.Equal(PeerConnectionState.Connected, pair.A.Engine.State);
        AssertCarries(pair);
    }

    private static EnginePair Connected(ulong seed)
    {
        var pair = new EnginePair(seed, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new DataChannelInit().ToTransport("x"));
        pair.Negotiate();
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any() && pair.B.Opened.Any(), 10), $"seed {seed}: {pair.A.Engine.State}, {pair.B.Engine.State}");
        return pair;
    }

    private static void Exchange(EnginePair pair, EngineNode offerer, EngineNode answerer)
    {
        var offer = offerer.Engine.CreateOffer(pair.Now);
        Assert.Contains("a=setup:actpass", offer.Sdp);
        offerer.Engine.SetLocalDescription(pair.Now, offer);
        Assert.True(answerer.Engine.TrySetRemoteDescription(pair.Now, offer, out var error), error);
        var answer = answerer.Engine.CreateAnswer(pair.Now);
        answerer.Engine.SetLocalDescription(pair.Now, answer);
        Assert.True(offerer.Engine.TrySetRemoteDescription(pair.Now, answer, out error), error);
    }

    private static void AssertCarries(EnginePair pair)
    {
        var received = 0;
        pair.B.MessageReceived = (_, _) => received++;
        Assert.True(pair.A.Engine.Channels.TrySend(pair.Now, pair.A.Opened.First(), [1, 2, 3], isText: false));
        Assert.True(pair.RunUntil(() => received == 1, 10), $"{pair.A.Engine.State} {pair.A.Engine.FailureReason}");
    }
}
