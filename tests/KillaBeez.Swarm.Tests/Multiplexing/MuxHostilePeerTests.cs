using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

/// <summary>What a peer can send to do harm, and that it costs a bounded amount of memory and ends.</summary>
public sealed class MuxHostilePeerTests : IDisposable
{
    private const string Preamble = "0461626364" + "0000";

    private readonly MuxEngine _victim = new(MuxOptions.Default, usesOddIds: false);
    private readonly List<MuxEvent> _events = [];
    private readonly byte[] _frame = new byte[MuxLimits.SessionFrameBytes];
    private Instant _now = Instant.Zero.AddMs(1000);

    public void Dispose() => _victim.Dispose();

    [Theory]
    [InlineData("010000010000000100000000", MuxViolation.MalformedHeader)]
    [InlineData("000700010000000100000000", MuxViolation.MalformedHeader)]
    [InlineData("000000010000000200000000", MuxViolation.BadSubstreamId)]
    [InlineData("000000010000000000000000", MuxViolation.BadSubstreamId)]
    [InlineData("000000000000000000000000", MuxViolation.BadSubstreamId)]
    [InlineData("000000000000000100000005", MuxViolation.UnopenedSubstream)]
    [InlineData("000100000000000200000005", MuxViolation.UnopenedSubstream)]
    [InlineData("000000010000000100040001", MuxViolation.WindowOverflow)]
    [InlineData("0001000100000001fffffff0", MuxViolation.CreditOverflow)]
    [InlineData("000000010000000300000000" + "000000010000000100000000", MuxViolation.BadSubstreamId)]
    [InlineData("000000010000000100000000" + "000000010000000100000000", MuxViolation.BadSubstreamId)]
    public void Frame_AgainstTheRules_IsAViolationAndGoAwayFollows(string hex, object expected)
    {
        Feed(hex);
        Assert.Equal(expected, Assert.Single(_events).Violation);
        Assert.Equal("000300000000000000000001", Transmit());
        Assert.Equal(0, _victim.SubstreamCount);

        Feed("000000010000000900000007" + Preamble);
        Assert.Single(_events);
        Assert.False(_victim.TryOpen(_now, "x", default, out _, out var error));
        Assert.Equal(MuxOpenError.Closed, error);
    }

    [Fact]
    public void Data_BeyondTheWindow_IsAViolation()
    {
        OpenAccepted(1);
        Feed("0000000000000001" + (MuxLimits.InitialWindowBytes - 7).ToString("x8", null) + new string('0', 2 * (MuxLimits.InitialWindowBytes - 7)));
        Assert.DoesNotContain(_events, e => e.Kind == MuxEventKind.Violation);
        Feed("0000000000000001" + "00000001");
        Assert.Equal(MuxViolation.WindowOverflow, _events[^1].Violation);
    }

    [Fact]
    public void Violation_BehindDataInTheSameFrame_IsTheLastEvent()
    {
        OpenAccepted(1);
        _events.Clear();
        Feed("000000000000000100000002" + "0000" + "000700000000000100000000");
        Assert.Equal([MuxEventKind.Data, MuxEventKind.Violation], _events.Select(e => e.Kind));
    }

    [Fact]
    public void Data_AfterFin_IsAViolation()
    {
        OpenAccepted(1);
        Feed("000000040000000100000000" + "000000000000000100000001" + "00");
        Assert.Equal(MuxViolation.DataAfterFin, _events[^1].Violation);
    }

    [Fact]
    public void Fin_Twice_IsAViolation()
    {
        OpenAccepted(1);
        Feed("000000040000000100000000" + "000100040000000100000000");
        Assert.Equal(MuxViolation.DataAfterFin, _events[^1].Violation);
    }

    [Fact]
    public void Data_BeforeTheAnswer_ResetsTheSubstreamOnly()
    {
        Feed("000000010000000100000007" + Preamble + "000000000000000100000001" + "00");
        Assert.Equal([MuxEventKind.RemoteOpened, MuxEventKind.Reset], _events.Select(e => e.Kind));
        Assert.Equal("0001000800000001ffffff03", Transmit());
    }

    [Theory]
    [InlineData("000000010000000100000001" + "00")]
    [InlineData("000000010000000100000004" + "01ff0000")]
    [InlineData("000000010000000100000004" + "01611001")]
    [InlineData("000000050000000100000002" + "0461")]
    [InlineData("000000010000000100000008" + Preamble + "00")]
    public void Preamble_Wrong_ResetsTheSubstreamWithoutTellingTheApplication(string hex)
    {
        Feed(hex);
        Assert.Empty(_events);
        Assert.Equal("0001000800000001ffffff03", Transmit());
        Assert.Equal(0, _victim.SubstreamCount);
    }

    [Fact]
    public void Preamble_NeverFinished_IsResetAtTheTimeout()
    {
        Feed("000000010000000100000002" + "0461");
        _now = _victim.NextTimeout;
        Assert.Equal(Instant.Zero.AddMs(1000) + MuxLimits.Default.PreambleTimeout, _now);
        _victim.HandleTimeout(_now);
        Assert.Equal("0001000800000001ffffff07", Transmit());
        Assert.Equal(0, _victim.SubstreamCount);
    }

    [Theory]
    [InlineData("02")]
    [InlineData("010000000001ff")]
    public void Answer_Wrong_ResetsTheSubstream(string answer)
    {
        _victim.Open(_now, "t", default);
        Transmit();
        Feed("0000000200000002" + (answer.Length / 2).ToString("x8", null) + answer);
        Assert.Equal((MuxEventKind.Reset, MuxResetCode.BadAnswer), (_events[^1].Kind, _events[^1].Code));
        Assert.Equal("0001000800000002ffffff04", Transmit());
    }

    [Fact]
    public void Open_TenThousandAtOnce_EndsInRefusalsAndThenAViolation()
    {
        for (uint i = 0; i < 10_000; i++)
        {
            Feed("00000001" + ((2 * i) + 1).ToString("x8", null) + "00000007" + Preamble);
            Assert.InRange(_victim.SubstreamCount, 0, MuxLimits.Default.RemoteSubstreams);
        }

        Assert.Equal(MuxLimits.Default.RemoteSubstreams, _events.Count(e => e.Kind == MuxEventKind.RemoteOpened));
        Assert.Equal(MuxViolation.OpenFlood, _events[^1].Violation);
        Assert.Equal(0, _victim.SubstreamCount);
    }

    [Fact]
    public void Open_TheOneAboveTheLimit_IsResetAndTheOthersLive()
    {
        for (uint i = 0; i <= MuxLimits.Default.RemoteSubstreams; i++)
        {
            Feed("00000001" + ((2 * i) + 1).ToString("x8", null) + "00000007" + Preamble);
        }

        Assert.Equal("0001000800000801ffffff01", Transmit());
        Assert.Equal(MuxLimits.Default.RemoteSubstreams, _victim.SubstreamCount);
        Assert.DoesNotContain(_events, e => e.Kind == MuxEventKind.Violation);
    }

    [Fact]
    public void OpenAndReset_OnAndOn_IsAViolation()
    {
        uint opened = 0;
        while (_events.All(e => e.Kind != MuxEventKind.Violation))
        {
            var id = ((2 * opened++) + 1).ToString("x8", null);
            Feed("00000001" + id + "00000007" + Preamble + "00010008" + id + "00000000");
            Assert.InRange(opened, 1u, 10_000u);
        }

        Assert.Contains(_events[^1].Violation, new[] { MuxViolation.ResetFlood, MuxViolation.OpenFlood });
    }

    [Fact]
    public void Ping_Flood_IsAViolationAndAnswersStayBounded()
    {
        var sent = 0;
        while (_events.Count == 0)
        {
            Feed("000200010000000000000000");
            Assert.InRange(++sent, 1, MuxLimits.Default.PingBurst + 1);
        }

        Assert.Equal(MuxViolation.PingFlood, _events[^1].Violation);
    }

    [Fact]
    public void Unread_AboveTheReceiveBudget_ResetsTheSubstreamThatExceedsIt()
    {
        using var victim = new MuxEngine(new MuxOptions { Limits = new MuxLimits { ReceiveBudgetBytes = 300_000 } }, usesOddIds: false);
        foreach (var id in new uint[] { 1, 3 })
        {
            victim.HandleFrame(_now, Convert.FromHexString("00000001" + id.ToString("x8", null) + "00000007" + Preamble));
            victim.Accept(_now, new SubstreamId(id));
            victim.HandleFrame(_now, Convert.FromHexString("00000000" + id.ToString("x8", null) + 200_000.ToString("x8", null) + new string('0', 400_000)));
        }

        var resets = new List<MuxEvent>();
        while (victim.TryPollEvent(out var e))
        {
            e.Buffer.Dispose();
            if (e.Kind == MuxEventKind.Reset)
            {
                resets.Add(e);
            }
        }

        Assert.Equal((3u, MuxResetCode.ReceiveBudgetExceeded), (Assert.Single(resets).Id.Value, resets[0].Code));
        Assert.Equal(200_000, victim.UnreadBytes);
    }

    [Fact]
    public void Refused_PeerThatReadsNothing_HoldsASubstreamForEachAnswerThatWaits()
    {
        for (uint i = 0; i < 3000; i++)
        {
            _now = _now.AddMs(10);
            Feed("00000001" + ((2 * i) + 1).ToString("x8", null) + "00000007" + Preamble);
            foreach (var e in _events.Where(e => e.Kind == MuxEventKind.RemoteOpened))
            {
                _victim.Refuse(_now, e.Id, 1, "no");
            }

            _events.RemoveAll(e => e.Kind == MuxEventKind.RemoteOpened);
            Assert.InRange(_victim.SubstreamCount, 1, MuxLimits.Default.RemoteSubstreams);
        }

        Transmit();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_AnyBytes_NeverThrowAndKeepTheBounds(ulong family)
    {
        for (ulong seed = family * 500; seed < (family + 1) * 500; seed++)
        {
            var random = new SeededRandomSource(seed);
            using var victim = new MuxEngine(MuxOptions.Default, usesOddIds: false);
            for (var i = 0; i < 200; i++)
            {
                // Plausible headers reach deeper than noise does.
                var bytes = new byte[MuxFrameHeader.SizeBytes + random.NextInt32(0, 40)];
                random.Fill(bytes);
                var writer = new SpanWriter(bytes);
                new MuxFrameHeader(
                    (MuxFrameType)random.NextInt32(0, 4),
                    (MuxFlags)random.NextInt32(0, 16),
                    (uint)random.NextInt32(0, 12),
                    (uint)random.NextInt32(0, 40)).Write(ref writer);
                victim.HandleFrame(_now, bytes);
                while (victim.TryPollEvent(out var e))
                {
                    e.Buffer.Dispose();
                    if (e.Kind == MuxEventKind.RemoteOpened)
                    {
                        victim.Accept(_now, e.Id);
                    }
                }

                victim.TryPollTransmit(_now, _frame, out _);
                Assert.InRange(victim.SubstreamCount, 0, 12);
            }
        }
    }

    private void OpenAccepted(uint id)
    {
        Feed("00000001" + id.ToString("x8", null) + "00000007" + Preamble);
        _victim.Accept(_now, new SubstreamId(id));
        Transmit();
        _events.Clear();
    }

    private void Feed(string hex)
    {
        _victim.HandleFrame(_now, Convert.FromHexString(hex));
        while (_victim.TryPollEvent(out var e))
        {
            e.Buffer.Dispose();
            _events.Add(e with { Buffer = default });
        }
    }

    private string Transmit() =>
        _victim.TryPollTransmit(_now, _frame, out var written) ? Convert.ToHexStringLower(_frame.AsSpan(0, written)) : string.Empty;
}
