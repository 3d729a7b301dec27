using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class ChannelDataTests
{
    [Theory]
    [InlineData("", false, "40010000")]
    [InlineData("", true, "40010000")]
    [InlineData("01", false, "4001000101")]
    [InlineData("01", true, "4001000101000000")]
    [InlineData("01020304", true, "4001000401020304")]
    public void Message_IsWrittenAsGoldenBytesAndReadBack(string payload, bool padded, string expected)
    {
        var bytes = new byte[64];
        var data = Convert.FromHexString(payload);
        var written = ChannelData.Write(bytes, new ChannelNumber(0x4001), data, padded);

        Assert.Equal(expected, Convert.ToHexString(bytes.AsSpan(0, written)));
        Assert.Equal(written, ChannelData.SizeOf(data.Length, padded));
        Assert.True(ChannelData.TryParse(bytes.AsSpan(0, written), out var number, out var read, out _));
        Assert.Equal(new ChannelNumber(0x4001), number);
        Assert.Equal(data, read.ToArray());
    }

    [Fact]
    public void Parse_TruncatedAtEveryByte_Refuses()
    {
        var bytes = Convert.FromHexString("4001000501020304050000");
        for (var length = 0; length < bytes.Length; length++)
        {
            var isWhole = length >= 9;
            Assert.Equal(isWhole, ChannelData.TryParse(bytes.AsSpan(0, length), out _, out var payload, out var error));
            Assert.Equal(
                isWhole ? ChannelDataParseError.None : length < 4 ? ChannelDataParseError.TooShort : ChannelDataParseError.BadLength, error);
            Assert.Equal(isWhole ? 5 : 0, payload.Length);
        }
    }

    [Theory]
    [InlineData("3FFF0000")]
    [InlineData("50000000")]
    [InlineData("00010000")]
    [InlineData("FFFF0000")]
    public void Parse_NumberThatCannotBeBound_Refuses(string bytes)
    {
        Assert.False(ChannelData.TryParse(Convert.FromHexString(bytes), out _, out _, out var error));
        Assert.Equal(ChannelDataParseError.NotAChannel, error);
    }
}
