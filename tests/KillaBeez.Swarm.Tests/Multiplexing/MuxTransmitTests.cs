using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

public sealed class MuxTransmitTests : IDisposable
{
    private readonly MuxPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void TryPollTransmit_ManySubstreams_ShareEachSessionFrameByTurns()
    {
        var ids = Enumerable.Range(0, 4).Select(_ => _pair.OpenAccepted()).ToArray();
        foreach (var id in ids)
        {
            _pair.A.Write(_pair.Now, id, new byte[100_000]);
        }

        for (var round = 0; round < 3; round++)
        {
            _pair.BEvents.Clear();
            _pair.B.HandleFrame(_pair.Now, _pair.PollFrame(_pair.A));
            _pair.Collect();
            var bytes = _pair.BEvents.GroupBy(e => e.Id).ToDictionary(g => g.Key, g => g.Sum(e => e.Code));
            Assert.Equal(4, bytes.Count);
            Assert.All(bytes.Values, count => Assert.InRange(count, 14_000, 17_000));
        }
    }

    [Fact]
    public void TryPollTransmit_OneSubstream_FillsTheFrameWithOneHeader()
    {
        var id = _pair.OpenAccepted();
        _pair.A.Write(_pair.Now, id, new byte[200_000]);
        var frame = _pair.PollFrame(_pair.A);
        Assert.Equal(MuxLimits.SessionFrameBytes, frame.Length);
        Assert.True(MuxFrameHeader.TryParse(frame, out var header, out _));
        Assert.Equal((uint)(MuxLimits.SessionFrameBytes - MuxFrameHeader.SizeBytes), header.Length);
    }

    [Fact]
    public void TryPollTransmit_SmallDestination_StillSendsEverything()
    {
        var id = _pair.OpenAccepted();
        _pair.A.Write(_pair.Now, id, new byte[5000]);
        var small = new byte[64];
        var frames = 0;
        while (_pair.A.TryPollTransmit(_pair.Now, small, out var written))
        {
            _pair.B.HandleFrame(_pair.Now, small.AsSpan(0, written));
            frames++;
        }

        _pair.Collect();
        Assert.Equal(5000, _pair.Received[(false, id)].Count);
        Assert.Equal((5000 + 51) / 52, frames);
    }

    [Fact]
    public void TryPollTransmit_ManySmallWrites_ShareOneFrame()
    {
        var ids = Enumerable.Range(0, 100).Select(_ => _pair.OpenAccepted()).ToArray();
        foreach (var id in ids)
        {
            _pair.A.Write(_pair.Now, id, "hello"u8);
        }

        Assert.Equal(100 * (12 + 5), _pair.PollFrame(_pair.A).Length);
        Assert.Empty(_pair.PollFrame(_pair.A));
    }

    [Theory]
    [InlineData(1, 16_384)]
    [InlineData(30, 700)]
    public void DataPath_OnceWarm_AllocatesNothing(int substreams, int writeBytes)
    {
        var ids = Enumerable.Range(0, substreams).Select(_ => _pair.OpenAccepted()).ToArray();
        var frame = new byte[MuxLimits.SessionFrameBytes];
        var data = new byte[writeBytes];

        // The first window fills pools and queues. Other tests share the process's array pool, so one window
        // without an allocation is proof enough; the closure of ForEach is all there is, once in each round.
        var least = long.MaxValue;
        for (var window = 0; window < 6; window++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 100; round++)
            {
                Array.ForEach(ids, id => _pair.A.Write(_pair.Now, id, data));
                Exchange(_pair.A, _pair.B, frame);
                Exchange(_pair.B, _pair.A, frame);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least / 100, 0, 200);
        Assert.True(_pair.B.Statistics.DataBytesReceived >= 600L * substreams * writeBytes);
    }

    private void Exchange(MuxEngine from, MuxEngine to, byte[] frame)
    {
        while (from.TryPollTransmit(_pair.Now, frame, out var written))
        {
            to.HandleFrame(_pair.Now, frame.AsSpan(0, written));
            while (to.TryPollEvent(out var e))
            {
                to.Consumed(_pair.Now, e.Id, e.Buffer.Length);
                e.Buffer.Dispose();
            }
        }
    }
}
