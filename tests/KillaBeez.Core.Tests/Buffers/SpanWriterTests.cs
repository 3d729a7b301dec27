namespace KillaBeez.Tests.Buffers;

public class SpanWriterTests
{
    [Fact]
    public void Write_EverySize_IsBigEndian()
    {
        var bytes = new byte[20];
        bytes.AsSpan().Fill(0xEE);
        var writer = new SpanWriter(bytes);
        writer.WriteByte(0x01);
        writer.WriteUInt16(0x0203);
        writer.WriteUInt32(0x04050607);
        writer.WriteUInt64(0x08090A0B0C0D0E0F);
        writer.WriteZeros(2);
        writer.WriteBytes([0x10, 0x11]);
        writer.Reserve(1)[0] = 0x12;

        Assert.Equal("0102030405060708090a0b0c0d0e0f0000101112", Convert.ToHexStringLower(writer.Written));
        Assert.Equal((20, 0), (writer.Position, writer.Remaining));
    }

    [Fact]
    public void Write_PastTheEnd_ThrowsBecauseItIsTheCallersBug()
    {
        Assert.ThrowsAny<ArgumentException>(() => new SpanWriter(new byte[3]).WriteUInt32(1));
        Assert.ThrowsAny<ArgumentException>(() => new SpanWriter([]).WriteByte(1));
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(63, "3f")]
    [InlineData(64, "4040")]
    [InlineData(16_383, "7fff")]
    [InlineData(16_384, "80004000")]
    [InlineData(1_073_741_823, "bfffffff")]
    [InlineData(1_073_741_824, "c000000040000000")]
    [InlineData(4_611_686_018_427_387_903, "ffffffffffffffff")]
    public void WriteVarInt_AroundEverySize_IsTheShortestForm(ulong value, string expected)
    {
        var bytes = new byte[SpanWriter.VarIntSize(value)];
        var writer = new SpanWriter(bytes);
        writer.WriteVarInt(value);
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));

        var reader = new SpanReader(bytes);
        Assert.True(reader.TryReadVarInt(out var read));
        Assert.Equal(value, read);
    }

    [Fact]
    public void WriteVarInt_MoreThan62Bits_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SpanWriter.VarIntSize(1UL << 62));
}
