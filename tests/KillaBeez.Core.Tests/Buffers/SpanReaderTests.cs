namespace KillaBeez.Tests.Buffers;

public class SpanReaderTests
{
    private static readonly byte[] s_bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];

    [Fact]
    public void TryRead_EverySize_IsBigEndianAndAdvances()
    {
        var reader = new SpanReader(s_bytes);

        Assert.True(reader.TryReadByte(out var one) & reader.TryReadUInt16(out var two));
        Assert.True(reader.TryReadUInt32(out var four) & reader.TryReadUInt64(out var eight));
        Assert.Equal((1, 0x0203, 0x04050607u, 0x08090A0B0C0D0E0Ful), (one, two, four, eight));
        Assert.Equal((15, 2, false), (reader.Position, reader.Remaining, reader.AtEnd));
        Assert.Equal([16, 17], reader.Rest.ToArray());
        Assert.True(reader.TrySkip(1) & reader.TryReadBytes(1, out var last));
        Assert.Equal([17], last.ToArray());
        Assert.True(reader.AtEnd && !reader.Failed);
    }

    [Fact]
    public void TryRead_PastTheEnd_FailsWithZerosAndForGood()
    {
        var reader = new SpanReader([1, 2, 3]);
        Assert.False(reader.TryReadUInt32(out var value));
        Assert.Equal(0u, value);
        Assert.True(reader.Failed);

        // Although a byte is there, nothing is read after a failure.
        Assert.False(reader.TryReadByte(out var one));
        Assert.Equal(0, one);
        Assert.Equal(0, reader.Position);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void TryReadBytes_CountThatIsNotThere_Fails(int count)
    {
        var reader = new SpanReader([1, 2, 3]);

        Assert.False(reader.TryReadBytes(count, out var bytes));
        Assert.True(bytes.IsEmpty && reader.Failed);
    }

    // RFC 9000, appendix A.1.
    [Theory]
    [InlineData("c2197c5eff14e88c", 151_288_809_941_952_652)]
    [InlineData("9d7f3e7d", 494_878_333)]
    [InlineData("7bbd", 15_293)]
    [InlineData("25", 37)]
    [InlineData("4025", 37)]
    public void TryReadVarInt_PublishedExamples_GiveTheirValues(string hex, ulong expected)
    {
        var bytes = Convert.FromHexString(hex);
        var reader = new SpanReader(bytes);
        Assert.True(reader.TryReadVarInt(out var value));
        Assert.Equal(expected, value);
        Assert.True(reader.AtEnd);

        for (var size = 0; size < bytes.Length; size++)
        {
            var truncated = new SpanReader(bytes.AsSpan(0, size));
            Assert.False(truncated.TryReadVarInt(out value));
            Assert.Equal(0ul, value);
            Assert.True(truncated.Failed);
        }
    }
}
