using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>What a peer that holds a valid key can try, and what it gets.</summary>
public sealed class SessionHostilePeerTests : IDisposable
{
    private readonly RawPeer _peer = new();

    public void Dispose() => _peer.Dispose();

    [Theory]
    [InlineData("0301", nameof(SessionViolation.AcknowledgedUnsent))]
    [InlineData("03FFFFFFFFFFFFFFFF", nameof(SessionViolation.AcknowledgedUnsent))]
    [InlineData("0401", nameof(SessionViolation.AcknowledgedUnsent))]
    [InlineData("0201", nameof(SessionViolation.StartAboveExpected))]
    [InlineData("01AA", nameof(SessionViolation.StartMissing))]
    [InlineData("05", nameof(SessionViolation.StartMissing))]
    [InlineData("02000501AA", nameof(SessionViolation.FrameAfterFin))]
    [InlineData("02000505", nameof(SessionViolation.FrameAfterFin))]
    [InlineData("0A", nameof(SessionViolation.MalformedItems))]
    [InlineData("", nameof(SessionViolation.MalformedItems))]
    [InlineData("01", nameof(SessionViolation.MalformedItems))]
    [InlineData("080000", nameof(SessionViolation.FalseClose))]
    [InlineData("0300030003000300030003000300030003000300030003000300030003000300" + "0300", nameof(SessionViolation.MalformedItems))]
    public void Peer_BreaksARule_SessionEndsAndLinkCloses(string hex, string violation)
    {
        var link = _peer.Connect();
        _peer.Send(link, hex);
        Assert.Equal(SessionEndCode.ProtocolViolation, _peer.Ended.Code);
        Assert.Equal(violation, _peer.Ended.Violation.ToString());
        Assert.Equal(LinkCloseReason.SessionEnded, _peer.ReasonOf(link));
        Assert.Empty(_peer.Engine.Links);
        Assert.Equal(Instant.Never, _peer.Engine.NextTimeout);

        // What follows on that link is of nobody.
        var events = _peer.Events.Count;
        _peer.Send(link, "020001AA");
        Assert.Equal(events, _peer.Events.Count);
    }

    [Fact]
    public void Peer_BreaksARule_IsToldWhich()
    {
        var link = _peer.Connect();
        _peer.Send(link, "0201");
        Assert.Equal((link, "0300" + "080300" + Convert.ToHexString("StartAboveExpected"u8)), _peer.Sent[^1]);
    }

    [Fact]
    public void Hello_ThatDoesNotParse_ClosesItsLinkOnly()
    {
        var good = _peer.Connect();
        var bad = _peer.Dial([1, 0, 16, 0]);
        Assert.Equal(LinkCloseReason.MalformedHello, _peer.ReasonOf(bad));
        Assert.Null(_peer.ReasonOf(good));
        Assert.True(_peer.Engine.IsConnected);
    }

    [Fact]
    public void Hello_OfAnotherVersion_InitiatorSaysByeResponderIsSilent()
    {
        var answered = _peer.Answer([9, 9]);
        Assert.Equal((answered, "0905"), _peer.Sent.Single());
        Assert.Equal(LinkCloseReason.UnsupportedVersion, _peer.ReasonOf(answered));
        var dialed = _peer.Dial([9, 9]);
        Assert.Single(_peer.Sent);
        Assert.Equal(LinkCloseReason.UnsupportedVersion, _peer.ReasonOf(dialed));
    }

    [Fact]
    public void Hello_NextAboveWhatWasSent_SessionEnds()
    {
        _peer.Connect();
        var session = _peer.Engine.Current!.Value;
        _peer.Spare = new SessionTag(0xBBBB);
        var second = _peer.Dial((_peer.Hello with { Live = new LiveSession(session.Mirrored, 5) }).ToBytes());
        _peer.Send(second, "0300");
        Assert.Equal(SessionViolation.AcknowledgedUnsent, _peer.Ended.Violation);
    }

    [Fact]
    public void Hello_NextThatFell_IsOldNews()
    {
        var link = _peer.Connect();
        _peer.Engine.TryWrite(_peer.Now, [1]);
        _peer.Engine.TryWrite(_peer.Now, [2]);
        _peer.Drain();
        _peer.Send(link, "0302");
        _peer.Send(link, "0301");
        _peer.Send(link, "0400");
        Assert.Equal(0, _peer.CountOf(SessionEventKind.Ended));
        Assert.Equal(0, _peer.Engine.BufferedBytes);
    }

    [Fact]
    public void Hello_WithMySpareReflected_IsASessionLikeAnyOther()
    {
        _peer.Dial();
        _peer.Spare = _peer.EngineHello!.Spare;
        var link = _peer.Connect();
        Assert.Equal(new SessionPair(_peer.Spare, _peer.Spare), _peer.Engine.Current);
        _peer.Send(link, "020001AA");
        Assert.Equal(1, _peer.CountOf(SessionEventKind.Frame));
    }

    [Fact]
    public void Hello_WithTheTagsOfADeadSession_MakesANewOne()
    {
        _peer.Connect();
        var dead = _peer.Engine.Current!.Value;
        _peer.Engine.Abort(_peer.Now, SessionEndCode.Aborted);
        _peer.Drain();
        _peer.Spare = new SessionTag(0xBBBB);
        var link = _peer.Dial((_peer.Hello with { Live = new LiveSession(dead.Mirrored, 0) }).ToBytes());
        _peer.Send(link, "0300");
        Assert.NotEqual(dead, _peer.Engine.Current!.Value);
        Assert.NotEqual(dead.Own, _peer.Engine.Current!.Value.Own);
    }

    [Fact]
    public void Hello_LiveWithRandomTags_LosesThePeersOwnSession()
    {
        _peer.Connect();
        var former = _peer.Engine.Current!.Value;
        _peer.Spare = new SessionTag(0xBBBB);
        var random = new SessionPair(new SessionTag(77), new SessionTag(88));
        var link = _peer.Dial((_peer.Hello with { Live = new LiveSession(random, 3) }).ToBytes());
        Assert.Equal(former, _peer.Engine.Current);
        _peer.Send(link, "0300");
        Assert.Equal(SessionEndCode.PeerForgot, _peer.Ended.Code);
        Assert.Equal(new SessionTag(0xBBBB), _peer.Engine.Current!.Value.Peer);
    }

    [Fact]
    public void Message1_WithoutATransportMessage_ChangesNothing()
    {
        var link = _peer.Connect();
        var session = _peer.Engine.Current;
        var spare = _peer.EngineHello!.Spare;
        var replayed = _peer.Dial((_peer.Hello with { Spare = new SessionTag(0xCCCC) }).ToBytes());
        Assert.Equal(session, _peer.Engine.Current);
        Assert.NotEqual(spare, _peer.EngineHello!.Spare);
        _peer.AdvanceAlive(TimeSpan.FromSeconds(11), link);
        Assert.Equal(LinkCloseReason.HelloTimeout, _peer.ReasonOf(replayed));
        Assert.Equal(session, _peer.Engine.Current);
    }

    /// <summary>Found by a seed: deciding on a BYE spent the spare on a session that the initiator never adopted.</summary>
    [Fact]
    public void FirstTransportMessage_ThatIsBye_ProvesNothing()
    {
        var link = _peer.Dial();
        _peer.Send(link, "0901");
        Assert.Null(_peer.Engine.Current);
        Assert.Equal(0, _peer.CountOf(SessionEventKind.Started));
        Assert.Equal(LinkCloseReason.PeerLeft, _peer.ReasonOf(link));
        var spare = _peer.EngineHello!.Spare;
        _peer.Dial();
        Assert.Equal(spare, _peer.EngineHello!.Spare);
    }

    [Fact]
    public void Peer_RewindsForEver_IsStoppedByTheLimit()
    {
        var link = _peer.Connect();
        _peer.Send(link, "020001AA");
        for (var i = 0; i < SessionLimits.RewindBurst; i++)
        {
            _peer.Send(link, "020001AA");
        }

        Assert.Equal(0, _peer.CountOf(SessionEventKind.Ended));
        Assert.Equal(1, _peer.CountOf(SessionEventKind.Frame));
        _peer.Send(link, "020001AA");
        Assert.Equal(SessionViolation.TooManyRewinds, _peer.Ended.Violation);
    }

    [Fact]
    public void Peer_PullsForEver_LaterOnesAreIgnored()
    {
        var first = _peer.Connect();
        var session = _peer.Engine.Current!.Value;
        _peer.Spare = new SessionTag(0xBBBB);
        var second = _peer.Dial((_peer.Hello with { Live = new LiveSession(session.Mirrored, 0) }).ToBytes());
        _peer.Send(second, "0300");
        _peer.Engine.TryWrite(_peer.Now, [0xEE]);
        _peer.Drain();
        _peer.Sent.Clear();
        for (var i = 0; i < 50; i++)
        {
            _peer.Send(second, "0400");
            _peer.Send(first, "0400");
        }

        var repeats = _peer.Sent.Count(s => s.Hex.EndsWith("01EE", StringComparison.Ordinal));
        Assert.InRange(repeats, 1, SessionLimits.PullBurst);
        Assert.Equal(0, _peer.CountOf(SessionEventKind.Ended));
    }

    [Fact]
    public void Peer_PingsForEver_OneAnswerPerMessageGoesOut()
    {
        var link = _peer.Connect();
        _peer.Sent.Clear();
        _peer.Engine.MessageReceived(_peer.Now, link, Convert.FromHexString("060000000000000001" + "060000000000000002"));
        _peer.Drain();
        Assert.Equal("070000000000000002", _peer.Sent.Single().Hex);
    }

    [Fact]
    public void Peer_DialsAThousandLinks_AFewAreAnswered()
    {
        var link = _peer.Connect();
        var answered = 0;
        for (var i = 0; i < 1000; i++)
        {
            answered += _peer.Dial() == default ? 0 : 1;
        }

        Assert.Equal(SessionLimits.MaxPendingLinks, answered);

        // This side can still dial, and the open link still works.
        Assert.NotEmpty(_peer.Engine.LinkStarting(_peer.Now, new LinkId(5000), LinkRole.Initiator));
        _peer.Send(link, "020001AA");
        Assert.Equal(1, _peer.CountOf(SessionEventKind.Frame));
    }

    [Fact]
    public void Peer_DialsAndDropsQuickly_HellosAreLimited()
    {
        var answered = 0;
        for (var i = 0; i < 100; i++)
        {
            var link = _peer.Dial();
            if (link != default)
            {
                answered++;
                _peer.Engine.LinkClosed(_peer.Now, link);
            }
        }

        Assert.Equal(SessionLimits.HelloBurst, answered);
        _peer.Advance(TimeSpan.FromSeconds(2.1));
        Assert.NotEqual(default, _peer.Dial());
    }

    [Fact]
    public void Peer_OpensAFifthLink_TheOneSilentForLongestGoes()
    {
        var first = _peer.Connect();
        var session = _peer.Engine.Current!.Value;
        List<LinkId> others = [];
        for (var i = 0; i < SessionLimits.MaxOpenLinks; i++)
        {
            _peer.Now += TimeSpan.FromMilliseconds(10);
            var link = _peer.Dial((_peer.Hello with { Spare = new SessionTag(0xBBBB), Live = new LiveSession(session.Mirrored, 0) }).ToBytes());
            _peer.Send(link, "0300");
            others.Add(link);
        }

        Assert.Equal(LinkCloseReason.Surplus, _peer.ReasonOf(first));
        Assert.Contains((first, "0902"), _peer.Sent);
        Assert.All(others, l => Assert.Null(_peer.ReasonOf(l)));
        Assert.Equal(session, _peer.Engine.Current);
    }

    [Fact]
    public void Peer_ReplacesSessionsTooFast_IsQuarantinedForLongerEachTime()
    {
        Instant? until = null;
        TimeSpan former = default;
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; until is null || i < 30; i++)
            {
                Assert.True(i < 30, "no quarantine");
                _peer.Spare = new SessionTag(_peer.Spare.Value + 1);
                var link = _peer.Dial();
                if (link == default)
                {
                    _peer.Advance(TimeSpan.FromSeconds(2));
                    continue;
                }

                _peer.Send(link, "0300");
                if (_peer.Events.FindLast(e => e.Kind == SessionEventKind.Quarantined) is { Kind: SessionEventKind.Quarantined } e && e.Until != until)
                {
                    until = e.Until;
                    break;
                }
            }

            Assert.Empty(_peer.Engine.LinkStarting(_peer.Now, new LinkId(900 + round), LinkRole.Responder));
            Assert.Empty(_peer.Engine.LinkStarting(_peer.Now, new LinkId(950 + round), LinkRole.Initiator));
            var length = until!.Value - _peer.Now;
            Assert.True(length > former);
            former = length;
            _peer.Advance(length);
        }
    }

    [Fact]
    public void Peer_AnswersPingsButAcknowledgesNothing_SessionEndsWithNoProgress()
    {
        var link = _peer.Connect();
        _peer.Engine.TryWrite(_peer.Now, new byte[1000]);
        _peer.Drain();
        _peer.AdvanceAlive(TimeSpan.FromSeconds(58), link);
        Assert.Equal(0, _peer.CountOf(SessionEventKind.Ended));
        _peer.AdvanceAlive(TimeSpan.FromSeconds(4), link);
        Assert.Equal(SessionEndCode.NoProgress, _peer.Ended.Code);
        Assert.Equal(0, _peer.Engine.BufferedBytes);
    }

    [Fact]
    public void Peer_ComesAndGoesButAcknowledgesNothing_SessionEndsWithNoProgress()
    {
        var link = _peer.Connect();
        var session = _peer.Engine.Current!.Value;
        _peer.Spare = new SessionTag(0xBBBB);
        _peer.Engine.TryWrite(_peer.Now, new byte[1000]);
        _peer.Drain();
        for (var seconds = 0; seconds < 80 && _peer.CountOf(SessionEventKind.Ended) == 0; seconds += 10)
        {
            _peer.AdvanceAlive(TimeSpan.FromSeconds(9), link);
            _peer.Engine.LinkClosed(_peer.Now, link);
            _peer.Drain();
            _peer.Advance(TimeSpan.FromSeconds(1));
            link = _peer.Dial((_peer.Hello with { Live = new LiveSession(session.Mirrored, 0) }).ToBytes());
            _peer.Send(link, "0300");
        }

        Assert.Equal(SessionEndCode.NoProgress, _peer.Ended.Code);
    }

    [Fact]
    public void LinkIds_UsedTwice_AreTheCallersMistake()
    {
        _peer.Connect();
        Assert.Throws<ArgumentException>(() => _peer.Engine.LinkStarting(_peer.Now, new LinkId(1), LinkRole.Responder));
    }

    [Fact]
    public void RandomMessages_OnOpenLinks_NeverThrow()
    {
        var random = new SeededRandomSource(9);
        var bytes = new byte[40];
        for (var i = 0; i < 5000; i++)
        {
            using var peer = new RawPeer();
            var link = peer.Connect();
            peer.Engine.TryWrite(peer.Now, [1]);
            for (var n = 0; n < 4; n++)
            {
                var length = random.NextInt32(1, bytes.Length);
                random.Fill(bytes.AsSpan(0, length));
                bytes[0] = (byte)random.NextInt32(0, 11);
                peer.Engine.MessageReceived(peer.Now, link, bytes.AsSpan(0, length));
                peer.Drain();
            }
        }
    }
}
