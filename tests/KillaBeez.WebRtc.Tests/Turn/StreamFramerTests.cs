using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class StreamFramerTests
{
    [Fact]
    public void Turn_AnySplitting_YieldsTheMessages()
    {
        var random = new SeededRandomSource(3);
        for (var round = 0; round < 300; round++)
        {
            var messages = Enumerable.Range(0, 20).Select(_ => RandomTurnMessage(random)).ToArray();
            var framer = new StreamFramer(StreamFraming.Turn, StunLimits.MaxTurnMessageBytes);
            Assert.Equal(messages.Select(Convert.ToHexString), Feed(framer, messages.SelectMany(m => m).ToArray(), random));
            Assert.Equal(StreamFramingError.None, framer.Error);
            Assert.Equal(0, framer.BufferedBytes);
        }
    }

    [Fact]
    public void LengthPrefixed_AnySplitting_YieldsTheFramesAndSkipsEmptyOnes()
    {
        var random = new SeededRandomSource(4);
        for (var round = 0; round < 300; round++)
        {
            var frames = Enumerable.Range(0, 20).Select(_ => RandomBytes(random, random.NextInt32(0, 1500))).ToArray();
            var framer = new StreamFramer(StreamFraming.LengthPrefixed, 1500);
            Assert.Equal(
                frames.Where(f => f.Length > 0).Select(Convert.ToHexString), Feed(framer, frames.SelectMany(Prefixed).ToArray(), random));
            Assert.Equal(0, framer.BufferedBytes);
        }
    }

    [Fact]
    public void LargestFrames_AreTakenAndLargerOnesEndTheStream()
    {
        var random = new SeededRandomSource(5);
        var largest = new StreamFramer(StreamFraming.LengthPrefixed, 3000);
        Assert.Equal(2, Feed(largest, [.. Prefixed(new byte[3000]), .. Prefixed(new byte[3000])], random).Count);

        var tooLong = new StreamFramer(StreamFraming.LengthPrefixed, 3000);
        Assert.Empty(Feed(tooLong, Prefixed(new byte[3001]), random));
        Assert.Equal(StreamFramingError.TooLong, tooLong.Error);

        var channelData = new StreamFramer(StreamFraming.Turn, 1000);
        Assert.Empty(Feed(channelData, [0x40, 0x00, 0x03, 0xE5], random));
        Assert.Equal(StreamFramingError.TooLong, channelData.Error);

        var full = new StreamFramer(StreamFraming.Turn, StunLimits.MaxTurnMessageBytes);
        Assert.Empty(Feed(full, [0x40, 0x00, 0xFF, 0xFF], random));
        Assert.Equal(StreamFramingError.TooLong, full.Error);
    }

    [Theory]
    [InlineData("5000000000000000")] // a reserved channel number
    [InlineData("8001000000000000")] // a top bit that STUN has not
    [InlineData("0001000121 12A442")] // a length that is no multiple of four
    [InlineData("0001000021 12A443")] // no magic cookie
    [InlineData("5353482D322E302D")] // SSH-2.0-
    [InlineData("1603010200010001")] // a TLS ClientHello
    public void Turn_SomethingElse_EndsTheStream(string start)
    {
        var framer = new StreamFramer(StreamFraming.Turn, 1000);
        Assert.Empty(Feed(framer, Convert.FromHexString(start.Replace(" ", "", StringComparison.Ordinal)), new SeededRandomSource(1)));
        Assert.Equal(StreamFramingError.UnknownMessage, framer.Error);
        Assert.False(framer.TryRead(out _));
    }

    [Fact]
    public void AnyBytes_AreTakenWithoutAnExceptionAndInBoundedMemory()
    {
        var random = new SeededRandomSource(6);
        for (var round = 0; round < 2000; round++)
        {
            var framing = round % 2 == 0 ? StreamFraming.Turn : StreamFraming.LengthPrefixed;
            var framer = new StreamFramer(framing, 4000);
            var bytes = RandomBytes(random, 10_000);
            if (framing == StreamFraming.Turn)
            {
                // Channel data of random lengths, so that it goes on for a while.
                bytes[0] = 0x40;
                bytes[2] &= 0x03;
            }

            for (var offset = 0; offset < bytes.Length && framer.Error == StreamFramingError.None;)
            {
                var room = framer.GetMemory();
                Assert.InRange(room.Length, 1, 4000 + StreamFramer.PrefixBytes);
                var count = Math.Min(room.Length, bytes.Length - offset);
                bytes.AsMemory(offset, count).CopyTo(room);
                framer.Advance(count);
                offset += count;
                while (framer.TryRead(out var frame))
                {
                    Assert.InRange(frame.Length, 1, 4000);
                }
            }
        }
    }

    [Fact]
    public void Frames_AfterTheFirst_AllocateNothing()
    {
        var framer = new StreamFramer(StreamFraming.Turn, 4000);
        var message = new byte[ChannelData.SizeOf(1200, padded: true)];
        ChannelData.Write(message, new ChannelNumber(0x4000), new byte[1200], padded: true);
        Take();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Take();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Take()
        {
            message.CopyTo(framer.GetMemory().Span);
            framer.Advance(message.Length);
            if (!framer.TryRead(out var frame) || frame.Length != message.Length || framer.TryRead(out _))
            {
                throw new InvalidOperationException();
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_000)]
    public void Advance_ByMoreThanThereWasRoomFor_Throws(int count)
    {
        var framer = new StreamFramer(StreamFraming.Turn, 1000);
        Assert.Throws<ArgumentOutOfRangeException>(() => framer.Advance(count));
    }

    private static List<string> Feed(StreamFramer framer, byte[] stream, SeededRandomSource random)
    {
        var frames = new List<string>();
        for (var offset = 0; offset < stream.Length;)
        {
            var room = framer.GetMemory();
            var count = Math.Min(Math.Min(room.Length, stream.Length - offset), random.NextInt32(1, 700));
            stream.AsMemory(offset, count).CopyTo(room);
            framer.Advance(count);
            offset += count;
            while (framer.TryRead(out var frame))
            {
                frames.Add(Convert.ToHexString(frame));
            }

            if (framer.Error != StreamFramingError.None)
            {
                break;
            }
        }

        return frames;
    }

    private static byte[] RandomTurnMessage(SeededRandomSource random)
    {
        var payload = RandomBytes(random, random.NextInt32(0, random.Chance(0.1) ? 9000 : 300));
        if (random.Chance(0.5))
        {
            return ScriptedTurnServer.WrapIndication(TurnRig.Parse("203.0.113.50:7000"), payload);
        }

        var bytes = new byte[ChannelData.SizeOf(payload.Length, padded: true)];
        ChannelData.Write(bytes, new ChannelNumber((ushort)random.NextInt32(0x4000, 0x5000)), payload, padded: true);
        return bytes;
    }

    private static byte[] Prefixed(byte[] frame)
    {
        var bytes = new byte[StreamFramer.PrefixBytes + frame.Length];
        StreamFramer.WritePrefix(bytes, frame.Length);
        frame.CopyTo(bytes, StreamFramer.PrefixBytes);
        return bytes;
    }

    private static byte[] RandomBytes(SeededRandomSource random, int count)
    {
        var bytes = new byte[count];
        random.Fill(bytes);
        return bytes;
    }
}
