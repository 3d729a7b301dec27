using System.Numerics;

namespace KillaBeez.Tests.Identity;

public class PeerIdTests
{
    private const string Hex = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

    [Fact]
    public void Parse_Hex_RoundTripsThroughEveryForm()
    {
        var id = PeerId.Parse(Hex);

        Assert.Equal(Hex, id.ToString());
        Assert.Equal("0011223344", id.ToShortString());
        Assert.Equal(Convert.FromHexString(Hex), id.ToArray());
        Assert.Equal(id, new PeerId(id.ToArray()));
        Assert.Equal(id, PeerId.Parse(Hex.ToUpperInvariant()));
        Assert.Equal(id.GetHashCode(), PeerId.Parse(Hex).GetHashCode());
        Assert.True(id.Equals((object)PeerId.Parse(Hex)));
        Assert.False(id.Equals(Hex));
    }

    [Fact]
    public void TryParse_EveryOtherLengthAndEveryOtherCharacter_IsRefused()
    {
        for (var size = 0; size < Hex.Length; size++)
        {
            Assert.False(PeerId.TryParse(Hex.AsSpan(0, size), out _));
            Assert.False(PeerId.TryParse(Hex[..size] + "g" + Hex[(size + 1)..], out var id));
            Assert.True(id.IsEmpty);
        }

        Assert.False(PeerId.TryParse(Hex + "0", out _));
        Assert.Throws<FormatException>(() => PeerId.Parse("no id"));
        Assert.False(PeerId.TryParse(null, out _));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void New_BytesOfAnotherLength_Throws(int size) =>
        Assert.Throws<ArgumentException>(() => new PeerId(new byte[size]));

    [Fact]
    public void CompareTo_RandomIds_OrdersAsUnsignedBigEndianNumbers()
    {
        const ulong Seed = 21;
        var random = new SeededRandomSource(Seed);
        var bytes = new byte[64];
        for (var i = 0; i < 2_000; i++)
        {
            random.Fill(bytes);
            if (random.Chance(0.5))
            {
                // Ids that agree up to some byte, so that every byte decides now and then.
                bytes.AsSpan(0, random.NextInt32(0, 33)).CopyTo(bytes.AsSpan(32));
            }

            PeerId a = new(bytes.AsSpan(0, 32)), b = new(bytes.AsSpan(32));
            var expected = new BigInteger(bytes.AsSpan(0, 32), isUnsigned: true, isBigEndian: true)
                .CompareTo(new BigInteger(bytes.AsSpan(32), isUnsigned: true, isBigEndian: true));
            Assert.True(Math.Sign(a.CompareTo(b)) == Math.Sign(expected), $"seed {Seed}, case {i}: {a} {b}");
            Assert.Equal(expected < 0, a < b);
            Assert.Equal(expected > 0, a > b);
            Assert.Equal(expected <= 0, a <= b);
            Assert.Equal(expected >= 0, a >= b);
            Assert.Equal(expected == 0, a == b);
            Assert.Equal(expected != 0, a != b);
        }
    }

    [Fact]
    public void IsEmpty_OnlyTheDefault_IsEmpty()
    {
        var bytes = new byte[32];
        bytes[31] = 1;

        Assert.True(default(PeerId).IsEmpty);
        Assert.False(new PeerId(bytes).IsEmpty);
    }
}
