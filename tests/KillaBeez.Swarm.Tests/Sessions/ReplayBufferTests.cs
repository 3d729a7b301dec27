using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

public sealed class ReplayBufferTests
{
    [Fact]
    public void AppendAndFree_RandomSizes_FramesStayWhatTheyWere()
    {
        using var buffer = new ReplayBuffer(1 << 20);
        var random = new SeededRandomSource(4);
        var frames = new Dictionary<ulong, byte[]>();
        for (var i = 0; i < 5000; i++)
        {
            var frame = new byte[random.NextInt32(1, random.Chance(0.1) ? SessionLimits.MaxFrameBytes : 2000)];
            random.Fill(frame);
            if (buffer.HasRoomFor(frame.Length))
            {
                frames[buffer.End] = frame;
                buffer.Append(frame);
            }

            if (random.Chance(0.3))
            {
                var count = (ulong)random.NextInt32(0, (int)(buffer.End - buffer.First) + 1);
                buffer.FreeBefore(buffer.First + count);
            }

            Assert.True(buffer.ChargedBytes <= buffer.BudgetBytes);
            var probe = buffer.First + (ulong)random.NextInt32(0, (int)(buffer.End - buffer.First) + 1);
            if (probe < buffer.End)
            {
                Assert.True(buffer[probe].SequenceEqual(frames[probe]), $"frame {probe}");
            }
        }

        buffer.FreeBefore(buffer.End);
        Assert.Equal(0, buffer.ChargedBytes);
    }

    [Fact]
    public void HasRoomFor_FullBuffer_OnlyAnEmptyOneAdmitsAnything()
    {
        using var buffer = new ReplayBuffer(100);
        Assert.True(buffer.HasRoomFor(SessionLimits.MaxFrameBytes));
        buffer.Append(new byte[68]);
        Assert.Equal(100, buffer.ChargedBytes);
        Assert.False(buffer.HasRoomFor(1));
        buffer.AppendFin();
        Assert.True(buffer[1].IsEmpty);
        buffer.FreeBefore(2);
        Assert.True(buffer.HasRoomFor(SessionLimits.MaxFrameBytes));
    }

    [Fact]
    public void HasRoomFor_TinyFrames_OverheadBoundsTheirNumber()
    {
        using var buffer = new ReplayBuffer(SessionLimits.MinReplayBytes);
        while (buffer.HasRoomFor(1))
        {
            buffer.Append([1]);
        }

        Assert.Equal((ulong)(SessionLimits.MinReplayBytes / (1 + SessionLimits.FrameOverheadBytes)), buffer.End);
    }

    [Fact]
    public void Indexer_OutsideTheKeptFrames_Throws()
    {
        using var buffer = new ReplayBuffer(1000);
        buffer.Append([1]);
        buffer.Append([2]);
        buffer.FreeBefore(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer[0].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer[2].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.FreeBefore(3));
    }
}
