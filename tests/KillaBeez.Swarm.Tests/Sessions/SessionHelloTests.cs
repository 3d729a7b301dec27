using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

public sealed class SessionHelloTests
{
    private static readonly SessionPair _pair = new(new SessionTag(0x1122334455667788), new SessionTag(0x99AABBCCDDEEFF00));

    private static readonly SessionPair _other = new(new SessionTag(1), new SessionTag(2));

    private static SessionHello Full => new()
    {
        Spare = new SessionTag(0x0102030405060708),
        ReplayBudgetLog2 = 23,
        Live = new LiveSession(_pair, 7),
        Ended = new EndedSession(_other, 0x100, SessionEndCode.ShuttingDown),
    };

    [Fact]
    public void ToBytes_Full_GoldenBytes()
    {
        Assert.Equal(
            "01031700" + "0102030405060708"
            + "1122334455667788" + "99AABBCCDDEEFF00" + "0000000000000007"
            + "0000000000000001" + "0000000000000002" + "0000000000000100" + "06",
            Convert.ToHexString(Full.ToBytes()));
        Assert.Equal(SessionHello.MaxSizeBytes, Full.ToBytes().Length);
    }

    [Fact]
    public void ToBytes_Minimal_GoldenBytes()
    {
        Assert.Equal("010010000000000000000001", Convert.ToHexString(new SessionHello { Spare = new SessionTag(1), ReplayBudgetLog2 = 16 }.ToBytes()));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void TryParse_WhatWasWritten_TheSameHello(bool live, bool ended)
    {
        var hello = Full with { Live = live ? Full.Live : null, Ended = ended ? Full.Ended : null };
        Assert.True(SessionHello.TryParse(hello.ToBytes(), out var parsed, out var error));
        Assert.Equal(hello, parsed);
        Assert.Equal(SessionHelloError.None, error);
    }

    [Fact]
    public void TryParse_CutAtAnyByte_Truncated()
    {
        var bytes = Full.ToBytes();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(SessionHello.TryParse(bytes.AsSpan(0, length), out _, out var error));
            Assert.Equal(SessionHelloError.Truncated, error);
        }
    }

    [Fact]
    public void TryParse_UnknownFlagsReservedByteAndTail_Ignored()
    {
        byte[] bytes = [.. Full.ToBytes(), 1, 2, 3];
        bytes[1] |= 0xFC;
        bytes[3] = 0xFF;
        Assert.True(SessionHello.TryParse(bytes, out var parsed, out _));
        Assert.Equal(Full, parsed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(255)]
    public void TryParse_AnotherVersion_UnsupportedEvenIfShort(byte version)
    {
        Assert.False(SessionHello.TryParse([version], out _, out var error));
        Assert.Equal(SessionHelloError.UnsupportedVersion, error);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(33)]
    public void TryParse_BudgetOutOfRange_Refused(byte log2)
    {
        var bytes = Full.ToBytes();
        bytes[2] = log2;
        Assert.False(SessionHello.TryParse(bytes, out _, out var error));
        Assert.Equal(SessionHelloError.BudgetOutOfRange, error);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(36)]
    [InlineData(44)]
    public void TryParse_AnyTagZero_Refused(int offset)
    {
        var bytes = Full.ToBytes();
        bytes.AsSpan(offset, 8).Clear();
        Assert.False(SessionHello.TryParse(bytes, out _, out var error));
        Assert.Equal(SessionHelloError.ZeroTag, error);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(255)]
    public void TryParse_UnknownEndCode_Refused(byte code)
    {
        var bytes = Full.ToBytes();
        bytes[^1] = code;
        Assert.False(SessionHello.TryParse(bytes, out _, out var error));
        Assert.Equal(SessionHelloError.UnknownCode, error);
    }

    [Fact]
    public void TryParse_RandomBytes_NeverThrows()
    {
        var random = new SeededRandomSource(5);
        Span<byte> bytes = stackalloc byte[80];
        for (var i = 0; i < 20_000; i++)
        {
            var length = random.NextInt32(0, bytes.Length);
            random.Fill(bytes[..length]);
            bytes[0] = 1;
            if (SessionHello.TryParse(bytes[..length], out var hello, out _))
            {
                Assert.True(SessionHello.TryParse(hello.ToBytes(), out var again, out _));
                Assert.Equal(hello, again);
            }
        }
    }
}
