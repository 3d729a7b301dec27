using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Swarm.Tests.Gossip;

public sealed class GossipMessageTests
{
    private static readonly PeerId Owner = IdOf(0xAA);
    private static readonly NetworkMapEntry[] Entries = [new(IdOf(1), 15), new(IdOf(2), NetworkMapEntry.UnknownRtt)];

    private static string Owner32 => "aa" + new string('0', 62);

    private static string Key(int first) => first.ToString("x2", null) + new string('0', 62);

    private static string EntriesHex => "0002" + Key(1) + "000f" + Key(2) + "ffff";

    [Fact]
    public void Map_GoldenBytes()
    {
        var signature = Enumerable.Repeat((byte)0x5C, 64).ToArray();
        var bytes = NetworkMapMessage.ToBytes(NetworkMapMessage.Canonical(Owner, 0x0102, 7, Entries), signature);
        Assert.Equal(
            "01" + Owner32 + "0000000000000102" + "0000000000000007" + EntriesHex + string.Concat(Enumerable.Repeat("5c", 64)),
            Convert.ToHexStringLower(bytes));
        Assert.True(NetworkMapMessage.TryParse(bytes, out var map, out _));
        Assert.Equal((Owner, 0x0102ul, 7ul), (map!.Owner, map.Incarnation, map.Version));
        Assert.Equal(Entries, map.Entries);
        Assert.Equal(signature, map.Signature);
    }

    [Fact]
    public void Delta_GoldenBytes()
    {
        var bytes = new NetworkMapDelta(3, 9, Entries, [IdOf(4)]).ToBytes();
        Assert.Equal("02" + "0000000000000003" + "0000000000000009" + EntriesHex + "0001" + Key(4), Convert.ToHexStringLower(bytes));
        Assert.True(NetworkMapDelta.TryParse(bytes, Owner, out var delta, out _));
        Assert.Equal((3ul, 9ul), (delta!.Incarnation, delta.Version));
        Assert.Equal(Entries, delta.Set);
        Assert.Equal([IdOf(4)], delta.Removed);
    }

    [Fact]
    public void Digest_GoldenBytes()
    {
        var bytes = new NetworkMapDigest(Owner, 3, 9, new byte[64]).ToBytes();
        Assert.Equal("03" + Owner32 + "0000000000000003" + "0000000000000009" + new string('0', 128), Convert.ToHexStringLower(bytes));
        Assert.True(NetworkMapDigest.TryParse(bytes, out var digest, out _));
        Assert.Equal((Owner, 3ul, 9ul), (digest!.Owner, digest.Incarnation, digest.Version));
    }

    [Fact]
    public void EveryMessage_CutAtEveryByte_IsTruncated_AndOneByteMoreIsTrailing()
    {
        var map = NetworkMapMessage.ToBytes(NetworkMapMessage.Canonical(Owner, 1, 1, Entries), new byte[64]);
        var delta = new NetworkMapDelta(3, 9, Entries, [IdOf(4)]).ToBytes();
        var digest = new NetworkMapDigest(Owner, 3, 9, new byte[64]).ToBytes();
        for (var length = 1; length < map.Length; length++)
        {
            Assert.False(NetworkMapMessage.TryParse(map.AsSpan(0, length), out _, out var error));
            Assert.Equal(GossipParseError.Truncated, error);
        }

        for (var length = 1; length < delta.Length; length++)
        {
            Assert.False(NetworkMapDelta.TryParse(delta.AsSpan(0, length), Owner, out _, out var error));
            Assert.Equal(GossipParseError.Truncated, error);
        }

        for (var length = 1; length < digest.Length; length++)
        {
            Assert.False(NetworkMapDigest.TryParse(digest.AsSpan(0, length), out _, out var error));
            Assert.Equal(GossipParseError.Truncated, error);
        }

        Assert.False(NetworkMapMessage.TryParse([.. map, 0], out _, out var trailing));
        Assert.Equal(GossipParseError.TrailingBytes, trailing);
        Assert.False(NetworkMapDelta.TryParse([.. delta, 0], Owner, out _, out trailing));
        Assert.Equal(GossipParseError.TrailingBytes, trailing);
        Assert.False(NetworkMapDigest.TryParse([.. digest, 0], out _, out trailing));
        Assert.Equal(GossipParseError.TrailingBytes, trailing);
    }

    [Fact]
    public void Entries_UnsortedDoubledEmptyOrTheOwner_AreRefused()
    {
        foreach (var bad in new NetworkMapEntry[][]
        {
            [new(IdOf(2), 0), new(IdOf(1), 0)],
            [new(IdOf(2), 0), new(IdOf(2), 0)],
            [new(default, 0)],
            [new(Owner, 0)],
        })
        {
            var bytes = NetworkMapMessage.ToBytes(NetworkMapMessage.Canonical(Owner, 1, 1, bad), new byte[64]);
            Assert.False(NetworkMapMessage.TryParse(bytes, out _, out var error));
            Assert.Equal(GossipParseError.BadEntries, error);
        }
    }

    [Fact]
    public void Entries_MoreThanTheLimit_AreRefusedBeforeAnythingIsKept()
    {
        var bytes = NetworkMapMessage.ToBytes(NetworkMapMessage.Canonical(Owner, 1, 1, new NetworkMapEntry[1025]), new byte[64]);
        Assert.False(NetworkMapMessage.TryParse(bytes, out _, out var error));
        Assert.Equal(GossipParseError.TooManyEntries, error);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1.5, 15)]
    [InlineData(6553.4, 0xFFFE)]
    [InlineData(100_000, 0xFFFE)]
    public void RttCode_OfMilliseconds_IsInTenths(double ms, int code)
    {
        Assert.Equal(code, NetworkMapEntry.CodeOf(TimeSpan.FromMilliseconds(ms)));
        Assert.Null(NetworkMapEntry.RttOf(NetworkMapEntry.CodeOf(null)));
    }

    private static PeerId IdOf(byte first)
    {
        var bytes = new byte[PeerId.SizeBytes];
        bytes[0] = first;
        return new PeerId(bytes);
    }
}
