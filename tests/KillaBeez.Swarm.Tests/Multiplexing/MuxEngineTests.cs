using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

public sealed class MuxEngineTests : IDisposable
{
    private readonly MuxPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void Open_GoldenBytes_FirstFrameIsDataWithSynAndPreamble()
    {
        _pair.A.Open(_pair.Now, "echo", [9]);
        Assert.Equal("000000010000000100000008" + "046563686f000109", _pair.PollHex(_pair.A));
        Assert.Equal(string.Empty, _pair.PollHex(_pair.A));
    }

    [Fact]
    public void Accept_GoldenBytes_AnswerCarriesAck()
    {
        _pair.B.HandleFrame(_pair.Now, Convert.FromHexString("000000010000000100000008046563686f000109"));
        Assert.True(_pair.B.TryPollEvent(out var opened));
        Assert.Equal((MuxEventKind.RemoteOpened, "echo"), (opened.Kind, opened.Text));
        Assert.Equal(new byte[] { 9 }, opened.Metadata);
        _pair.B.Accept(_pair.Now, opened.Id);
        Assert.Equal("000000020000000100000001" + "00", _pair.PollHex(_pair.B));
    }

    [Fact]
    public void Refuse_GoldenBytes_AnswerCarriesAckAndFinAndBothForget()
    {
        var id = _pair.A.Open(_pair.Now, "echo", default);
        _pair.B.HandleFrame(_pair.Now, _pair.PollFrame(_pair.A));
        _pair.Collect();
        _pair.B.Refuse(_pair.Now, id, 3, "no");
        var answer = _pair.PollFrame(_pair.B);
        Assert.Equal("000000060000000100000008" + "010000000302" + "6e6f", Convert.ToHexStringLower(answer));
        _pair.A.HandleFrame(_pair.Now, answer);
        _pair.Collect();
        Assert.Equal(new MuxEvent(MuxEventKind.Refused, id) { Code = 3, Text = "no", Metadata = _pair.AEvents[0].Metadata }, Assert.Single(_pair.AEvents));
        Assert.Equal((0, 0), (_pair.A.SubstreamCount, _pair.B.SubstreamCount));
    }

    [Fact]
    public void CloseWrite_GoldenBytes_LastDataCarriesFin()
    {
        var id = _pair.OpenAccepted();
        Assert.Equal(2, _pair.A.Write(_pair.Now, id, "hi"u8));
        _pair.A.CloseWrite(_pair.Now, id);
        Assert.Equal("000000040000000100000002" + "6869", _pair.PollHex(_pair.A));
    }

    [Fact]
    public void Reset_GoldenBytes_CodeTravelsInTheLengthOfAWindowUpdate()
    {
        var id = _pair.OpenAccepted();
        _pair.A.Reset(_pair.Now, id, 0xCAFE);
        Assert.Equal("00010008000000010000cafe", _pair.PollHex(_pair.A));
    }

    [Fact]
    public void PingAndGoAway_GoldenBytes()
    {
        Assert.NotNull(_pair.A.Ping(_pair.Now));
        _pair.A.GoAway(_pair.Now);
        Assert.Equal("000300000000000000000000" + "000200010000000000000000", _pair.PollHex(_pair.A));
        _pair.B.HandleFrame(_pair.Now, Convert.FromHexString("00020001000000000000abcd"));
        Assert.Equal("00020002000000000000abcd", _pair.PollHex(_pair.B));
    }

    [Fact]
    public void Consumed_HalfTheWindow_GrantsItBack()
    {
        var id = _pair.OpenAccepted();
        _pair.ConsumesAtOnce = false;
        _pair.A.Write(_pair.Now, id, new byte[MuxLimits.InitialWindowBytes / 2]);
        while (_pair.PollFrame(_pair.A) is { Length: > 0 } frame)
        {
            _pair.B.HandleFrame(_pair.Now, frame);
        }

        _pair.Collect();
        _pair.B.Consumed(_pair.Now, id, (MuxLimits.InitialWindowBytes / 2) - 100);
        Assert.Equal(string.Empty, _pair.PollHex(_pair.B));
        _pair.B.Consumed(_pair.Now, id, 100);

        // The ping asks for the round trip that decides whether windows grow; the preamble's 7 bytes count too.
        Assert.Equal("000200010000000000000000" + "000100000000000100020007", _pair.PollHex(_pair.B));
    }

    [Fact]
    public void Write_BeforeTheAnswer_TakesNothingAndAcceptedFollows()
    {
        var id = _pair.A.Open(_pair.Now, "echo", default);
        Assert.Equal(0, _pair.A.Write(_pair.Now, id, "x"u8));
        _pair.Run();
        _pair.B.Accept(_pair.Now, id);
        _pair.Run();
        Assert.Equal(MuxEventKind.Accepted, Assert.Single(_pair.AEvents).Kind);
        Assert.Equal(1, _pair.A.Write(_pair.Now, id, "x"u8));
    }

    [Fact]
    public void CloseWrite_BeforeTheAnswer_IsSentAfterIt()
    {
        var id = _pair.A.Open(_pair.Now, "echo", default);
        _pair.A.CloseWrite(_pair.Now, id);
        _pair.Run();
        Assert.Equal(MuxEventKind.RemoteOpened, Assert.Single(_pair.BEvents).Kind);
        _pair.B.Accept(_pair.Now, id);
        _pair.Run();
        Assert.Equal([MuxEventKind.RemoteOpened, MuxEventKind.RemoteClosedWrite], _pair.BEvents.Select(e => e.Kind));
    }

    [Fact]
    public void HalfClose_OtherDirectionGoesOn_ThenBothReportClosedAndForget()
    {
        var id = _pair.OpenAccepted();
        _pair.A.CloseWrite(_pair.Now, id);
        _pair.Run();
        Assert.Equal(MuxEventKind.RemoteClosedWrite, Assert.Single(_pair.BEvents).Kind);
        _pair.B.Write(_pair.Now, id, "answer"u8);
        _pair.B.CloseWrite(_pair.Now, id);
        _pair.Run();
        Assert.Equal("answer"u8, _pair.Received[(true, id)].ToArray());
        Assert.Equal([MuxEventKind.Data, MuxEventKind.RemoteClosedWrite, MuxEventKind.Closed], _pair.AEvents.Select(e => e.Kind));
        Assert.Equal(MuxEventKind.Closed, _pair.BEvents[^1].Kind);
        Assert.Equal((0, 0), (_pair.A.SubstreamCount, _pair.B.SubstreamCount));
    }

    [Fact]
    public void Closed_WithUnreadBytes_WaitsUntilTheyAreConsumed()
    {
        var id = _pair.OpenAccepted();
        _pair.ConsumesAtOnce = false;
        _pair.A.Write(_pair.Now, id, "abc"u8);
        _pair.A.CloseWrite(_pair.Now, id);
        _pair.B.CloseWrite(_pair.Now, id);
        _pair.Run();
        Assert.DoesNotContain(_pair.BEvents, e => e.Kind == MuxEventKind.Closed);
        _pair.B.Consumed(_pair.Now, id, 3);
        _pair.Collect();
        Assert.Equal(MuxEventKind.Closed, _pair.BEvents[^1].Kind);
    }

    [Fact]
    public void Reset_FromEitherSide_TellsTheOtherTheCodeAndDropsWhatWaits()
    {
        var id = _pair.OpenAccepted();
        _pair.A.Write(_pair.Now, id, new byte[1000]);
        _pair.A.Reset(_pair.Now, id, 42);
        _pair.Run();
        var reset = Assert.Single(_pair.BEvents);
        Assert.Equal((MuxEventKind.Reset, 42u), (reset.Kind, reset.Code));
        Assert.Equal(0, _pair.A.QueuedBytes);
        Assert.Empty(_pair.AEvents);
        Assert.Equal(0, _pair.A.Write(_pair.Now, id, "x"u8));
    }

    [Fact]
    public void Reset_BeforeTheFirstFrameWasSent_SendsNothing()
    {
        var id = _pair.A.Open(_pair.Now, "echo", default);
        _pair.A.Reset(_pair.Now, id, 1);
        Assert.Empty(_pair.PollFrame(_pair.A));
        var next = _pair.A.Open(_pair.Now, "echo", default);
        _pair.Run();
        Assert.Equal(next, Assert.Single(_pair.BEvents).Id);
    }

    [Fact]
    public void Write_MoreThanTheWindow_StopsAndWritableFollowsWhenRead()
    {
        var id = _pair.OpenAccepted();
        _pair.ConsumesAtOnce = false;
        var data = new byte[MuxLimits.InitialWindowBytes + 1000];
        var taken = _pair.A.Write(_pair.Now, id, data);
        _pair.Run();
        while (_pair.A.Write(_pair.Now, id, data.AsSpan(taken)) is > 0 and var more)
        {
            taken += more;
            _pair.Run();
        }

        // The preamble of 7 bytes has used credit that half a window's consumption has not given back yet.
        Assert.Equal(MuxLimits.InitialWindowBytes - 7, taken);
        _pair.AEvents.Clear();
        _pair.B.Consumed(_pair.Now, id, taken);
        _pair.Run();
        Assert.Equal(MuxEventKind.Writable, Assert.Single(_pair.AEvents).Kind);
        Assert.Equal(1000 + 7, _pair.A.Write(_pair.Now, id, data.AsSpan(taken)));
    }

    [Fact]
    public void Write_APeerThatNeverReads_StopsItsWriterOnly()
    {
        var stuck = _pair.OpenAccepted();
        var other = _pair.OpenAccepted();
        _pair.ConsumesAtOnce = false;
        while (_pair.A.Write(_pair.Now, stuck, new byte[100_000]) > 0)
        {
            _pair.Run();
        }

        _pair.Run();
        _pair.Received.Clear();
        var sent = 0;
        while (sent < 10_000_000)
        {
            sent += _pair.A.Write(_pair.Now, other, new byte[100_000]);
            _pair.BEvents.Clear();
            _pair.Run();
            foreach (var e in _pair.BEvents.Where(e => e.Kind == MuxEventKind.Data))
            {
                _pair.B.Consumed(_pair.Now, e.Id, (int)e.Code);
            }

            _pair.Run();
        }

        Assert.Equal(sent, _pair.Received[(false, other)].Count);
        Assert.False(_pair.Received.ContainsKey((false, stuck)));
        Assert.Equal(MuxLimits.InitialWindowBytes - 7, _pair.B.UnreadBytes);
        Assert.Equal(0, _pair.A.QueuedBytes);
    }

    [Fact]
    public void Ping_Answered_GivesTheRoundTrip()
    {
        var number = _pair.A.Ping(_pair.Now);
        var question = _pair.PollFrame(_pair.A);
        _pair.Now = _pair.Now.AddMs(30);
        _pair.B.HandleFrame(_pair.Now, question);
        _pair.A.HandleFrame(_pair.Now, _pair.PollFrame(_pair.B));
        _pair.Collect();
        var answer = Assert.Single(_pair.AEvents);
        Assert.Equal((MuxEventKind.PingAnswered, number, TimeSpan.FromMilliseconds(30)), (answer.Kind, answer.Code, answer.RoundTripTime));
        Assert.Equal(TimeSpan.FromMilliseconds(30), _pair.A.RoundTripTime);
    }

    [Fact]
    public void Ping_TooManyUnanswered_GivesNone()
    {
        for (var i = 0; i < MuxLimits.Default.PendingPings; i++)
        {
            Assert.NotNull(_pair.A.Ping(_pair.Now));
        }

        Assert.Null(_pair.A.Ping(_pair.Now));
    }

    [Fact]
    public void Ping_AgainAndAgain_NeverBecomesAFloodAtThePeer()
    {
        var sent = 0;
        for (var i = 0; i < 10_000; i++)
        {
            _pair.Now = _pair.Now.AddMs(1);
            sent += _pair.A.Ping(_pair.Now) is null ? 0 : 1;
            _pair.Run();
        }

        Assert.DoesNotContain(_pair.BEvents, e => e.Kind == MuxEventKind.Violation);
        Assert.InRange(sent, 100, 140);
    }

    [Fact]
    public void GoAway_OpenSubstreamsGoOn_NewOnesAreNotOpened()
    {
        var id = _pair.OpenAccepted();
        _pair.B.GoAway(_pair.Now);
        _pair.Run();
        Assert.Equal(MuxEventKind.GoAway, Assert.Single(_pair.AEvents).Kind);
        Assert.False(_pair.A.TryOpen(_pair.Now, "echo", default, out _, out var error));
        Assert.Equal(MuxOpenError.PeerIsGoingAway, error);
        Assert.Equal(KillaBeezError.Closed, Assert.Throws<KillaBeezException>(() => _pair.A.Open(_pair.Now, "echo", default)).Error);
        _pair.A.Write(_pair.Now, id, "still"u8);
        _pair.Run();
        Assert.Equal("still"u8, _pair.Received[(false, id)].ToArray());
    }

    [Fact]
    public void GoAway_AnOpenThatCrossedIt_IsReset()
    {
        var id = _pair.A.Open(_pair.Now, "echo", default);
        _pair.B.GoAway(_pair.Now);
        _pair.Run();
        Assert.Contains(_pair.AEvents, e => e.Kind == MuxEventKind.Reset && e.Id == id && e.Code == MuxResetCode.GoingAway);
        Assert.DoesNotContain(_pair.BEvents, e => e.Kind == MuxEventKind.RemoteOpened);
    }

    [Fact]
    public void HandleFrame_CutAtEveryByte_GivesTheSame()
    {
        var id = _pair.OpenAccepted();
        _pair.A.Write(_pair.Now, id, "first"u8);
        var second = _pair.A.Open(_pair.Now, "second", "meta"u8);
        _pair.A.CloseWrite(_pair.Now, id);
        var stream = _pair.PollFrame(_pair.A);
        var opening = Convert.FromHexString("000000010000000100000007" + "04746573740000");
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            using var b = new MuxEngine(MuxOptions.Default, usesOddIds: false);
            b.HandleFrame(_pair.Now, opening);
            b.Accept(_pair.Now, id);
            b.HandleFrame(_pair.Now, stream.AsSpan(0, cut));
            b.HandleFrame(_pair.Now, stream.AsSpan(cut));
            List<MuxEventKind> kinds = [];
            List<byte> data = [];
            while (b.TryPollEvent(out var e))
            {
                if (e.Kind == MuxEventKind.Data)
                {
                    data.AddRange(e.Buffer.Span);
                    e.Buffer.Dispose();
                }
                else
                {
                    kinds.Add(e.Kind);
                    Assert.True(e.Kind != MuxEventKind.RemoteOpened || e.Id == id || (e.Id == second && e.Text == "second"));
                }
            }

            Assert.Equal("first"u8, data.ToArray());
            Assert.Equal([MuxEventKind.RemoteOpened, MuxEventKind.RemoteClosedWrite, MuxEventKind.RemoteOpened], kinds);
        }
    }

    [Fact]
    public void HandleFrame_ByteByByte_JoinsSmallPiecesOfOneFrame()
    {
        var id = _pair.OpenAccepted();
        var single = Convert.FromHexString("000000000000000100000001" + "61");
        var frame = Enumerable.Repeat(single, 1000).SelectMany(b => b).ToArray();
        _pair.B.HandleFrame(_pair.Now, frame);
        _pair.Collect();
        Assert.Equal(1000u, Assert.Single(_pair.BEvents).Code);
        Assert.Equal(1000, _pair.Received[(false, id)].Count);
    }

    [Fact]
    public void HalfClosed_SomebodyReads_WaitsWithoutEnd()
    {
        var id = _pair.OpenAccepted();
        _pair.A.CloseWrite(_pair.Now, id);
        _pair.Run();
        Assert.Equal(Instant.Never, _pair.A.NextTimeout);
        _pair.Now = _pair.Now.AddMs(24 * 3_600_000);
        _pair.A.HandleTimeout(_pair.Now);
        _pair.B.Write(_pair.Now, id, "the answer"u8);
        _pair.Run();
        Assert.Equal(10, _pair.Received[(true, id)].Count);
    }

    [Fact]
    public void HalfClosed_NobodyReadsBeforeTheFin_IsLimitedFromTheFinOn()
    {
        var id = _pair.OpenAccepted();
        _pair.A.StopReading(_pair.Now, id);
        _pair.Run();
        Assert.Equal(Instant.Never, _pair.A.NextTimeout);
        _pair.A.CloseWrite(_pair.Now, id);
        _pair.Run();
        Assert.Equal(_pair.Now + MuxLimits.Default.HalfClosedTimeout, _pair.A.NextTimeout);
    }

    [Fact]
    public void HalfClosed_NobodyReadsAndPeerSilent_IsResetAtTheTimeout()
    {
        var id = _pair.OpenAccepted();
        _pair.A.CloseWrite(_pair.Now, id);
        _pair.Run();
        _pair.A.StopReading(_pair.Now, id);
        Assert.Equal(_pair.Now + MuxLimits.Default.HalfClosedTimeout, _pair.A.NextTimeout);
        _pair.Now = _pair.Now.AddMs(60_000);
        _pair.B.Write(_pair.Now, id, "x"u8);
        _pair.Run();
        var silentSince = _pair.Now;
        _pair.Now = _pair.A.NextTimeout;
        _pair.A.HandleTimeout(_pair.Now);
        _pair.Run();
        Assert.Equal(1, _pair.A.SubstreamCount);
        _pair.Now = _pair.A.NextTimeout;
        Assert.Equal(silentSince + MuxLimits.Default.HalfClosedTimeout, _pair.Now);
        _pair.A.HandleTimeout(_pair.Now);
        _pair.Run();
        Assert.Equal(MuxResetCode.HalfClosedTimeout, _pair.AEvents[^1].Code);
        Assert.Equal(MuxResetCode.HalfClosedTimeout, _pair.BEvents[^1].Code);
        Assert.Equal(Instant.Never, _pair.A.NextTimeout);
    }

    [Fact]
    public void Window_ReaderFasterThanThePath_GrowsToTheMaximumWithinTheBudget()
    {
        using var slow = new MuxTimedPair(TimeSpan.FromMilliseconds(100));
        var before = slow.BytesIn(TimeSpan.FromSeconds(1));
        slow.BytesIn(TimeSpan.FromSeconds(5));
        var after = slow.BytesIn(TimeSpan.FromSeconds(1));

        // A fixed window of 256 KiB over 200 ms carries 1.3 MB/s; 16 MiB carries 80 MB/s and the test's sender all it has.
        Assert.InRange(before, 200_000, 12_000_000);
        Assert.True(after > 20_000_000, $"{before} then {after} bytes per second");
    }

    [Fact]
    public void Open_MoreThanTheLocalLimits_FailsWithoutTroublingThePeer()
    {
        for (var i = 0; i < MuxLimits.Default.LocalSubstreams; i++)
        {
            _pair.A.Open(_pair.Now, "t", default);
        }

        Assert.False(_pair.A.TryOpen(_pair.Now, "t", default, out _, out var error));
        Assert.Equal(MuxOpenError.TooManySubstreams, error);
        _pair.Run();
        Assert.Equal(MuxLimits.Default.LocalSubstreams, _pair.BEvents.Count(e => e.Kind == MuxEventKind.RemoteOpened));
        Assert.DoesNotContain(_pair.AEvents, e => e.Kind == MuxEventKind.Reset);
    }

    [Fact]
    public void Write_AllQueuesFull_WakesEveryWriterAfterwards()
    {
        var options = new MuxOptions { Limits = new MuxLimits { TotalSendQueueBytes = 50_000 } };
        using var pair = new MuxPair(options);
        var ids = Enumerable.Range(0, 5).Select(_ => pair.OpenAccepted()).ToArray();
        var left = ids.ToDictionary(id => id, _ => 300_000);
        foreach (var id in ids)
        {
            left[id] -= pair.A.Write(pair.Now, id, new byte[left[id]]);
        }

        Assert.Equal(50_000, pair.A.QueuedBytes);
        for (var round = 0; round < 1000 && left.Values.Any(l => l > 0); round++)
        {
            pair.AEvents.Clear();
            pair.Run();
            foreach (var e in pair.AEvents.Where(e => e.Kind == MuxEventKind.Writable))
            {
                left[e.Id] -= pair.A.Write(pair.Now, e.Id, new byte[left[e.Id]]);
            }
        }

        pair.Run();
        Assert.All(ids, id => Assert.Equal(300_000, pair.Received[(false, id)].Count));
    }
}
