using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

public sealed class MuxFrameHeaderTests
{
    public static TheoryData<string, byte, ushort, uint, uint> Golden => new()
    {
        { "000000010000000100000005", 0, 1, 1, 5 },
        { "000100020000000200040000", 1, 2, 2, 0x40000 },
        { "00020001000000000000002a", 2, 1, 0, 42 },
        { "00020002000000000000002a", 2, 2, 0, 42 },
        { "000300000000000000000001", 3, 0, 0, 1 },
        { "000000040000000300000000", 0, 4, 3, 0 },
        { "0001000800000003ffffff01", 1, 8, 3, 0xFFFFFF01 },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Write_KnownHeader_GivesTheSpecifiedBytes(string hex, byte type, ushort flags, uint streamId, uint length)
    {
        var bytes = new byte[MuxFrameHeader.SizeBytes];
        var writer = new SpanWriter(bytes);
        new MuxFrameHeader((MuxFrameType)type, (MuxFlags)flags, streamId, length).Write(ref writer);
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void TryParse_KnownHeader_GivesItsFields(string hex, byte type, ushort flags, uint streamId, uint length)
    {
        Assert.True(MuxFrameHeader.TryParse(Convert.FromHexString(hex), out var header, out var error));
        Assert.Equal(MuxHeaderParseError.None, error);
        Assert.Equal(new MuxFrameHeader((MuxFrameType)type, (MuxFlags)flags, streamId, length), header);
    }

    [Fact]
    public void TryParse_CutAtEveryByte_IsTruncated()
    {
        var whole = Convert.FromHexString("000100020000000200040000");
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(MuxFrameHeader.TryParse(whole.AsSpan(0, length), out _, out var error));
            Assert.Equal(MuxHeaderParseError.Truncated, error);
        }
    }

    [Fact]
    public void TryParse_AnotherVersion_IsRefused()
    {
        Assert.False(MuxFrameHeader.TryParse(Convert.FromHexString("010000010000000100000005"), out _, out var error));
        Assert.Equal(MuxHeaderParseError.UnknownVersion, error);
    }

    [Fact]
    public void TryParse_TypeAboveGoAway_IsRefused()
    {
        Assert.False(MuxFrameHeader.TryParse(Convert.FromHexString("000400010000000100000005"), out _, out var error));
        Assert.Equal(MuxHeaderParseError.UnknownType, error);
    }
}
