using System.Numerics;
using KillaBeez.Swarm.Overlay;

namespace KillaBeez.Swarm.Tests.Overlay;

public sealed class KeyRingTests
{
    private static readonly BigInteger _size = BigInteger.One << 256;

    [Fact]
    public void Distance_IsTheShorterWayRound()
    {
        var random = new SeededRandomSource(1);
        for (var i = 0; i < 1000; i++)
        {
            var (a, b) = (Random(random), Random(random));
            var (high, low) = KeyRing.Distance(a, b);
            var up = BigInteger.Remainder(Number(a) - Number(b) + _size, _size);
            Assert.Equal(BigInteger.Min(up, _size - up), ((BigInteger)high << 128) + (BigInteger)low);
            Assert.Equal((high, low), KeyRing.Distance(b, a));
        }
    }

    [Fact]
    public void Nearest_AgreesWithSorting()
    {
        var random = new SeededRandomSource(2);
        var ring = new KeyRing(Random(random), neighbours: 2);
        List<PeerId> keys = [.. Enumerable.Range(0, 200).Select(_ => Random(random))];
        keys.ForEach(key => ring.Add(key));
        for (var i = 0; i < 100; i++)
        {
            var to = i % 2 == 0 ? Random(random) : keys[i];
            var expected = keys.Where(key => key != to && key.ToArray()[31] % 3 != 0).OrderBy(key => KeyRing.Distance(key, to)).Take(4);
            Assert.Equal(expected, ring.Nearest(to, 4, key => key.ToArray()[31] % 3 != 0));
        }
    }

    [Fact]
    public void Neighbours_AreTheNearestOnEitherSide_AlsoAcrossTheEnd()
    {
        var ring = new KeyRing(Key(10), neighbours: 1);
        Assert.False(ring.Add(Key(10)));
        foreach (var i in new byte[] { 40, 80, 120, 200 })
        {
            Assert.True(ring.Add(Key(i)));
            Assert.False(ring.Add(Key(i)));
        }

        Assert.True(ring.IsNeighbour(Key(40)));
        Assert.True(ring.IsNeighbour(Key(30)));
        Assert.True(ring.IsNeighbour(Key(200)));
        Assert.True(ring.IsNeighbour(Key(250)));
        Assert.True(ring.IsNeighbour(Key(5)));
        Assert.False(ring.IsNeighbour(Key(80)));
        Assert.False(ring.IsNeighbour(Key(150)));
        Assert.True(ring.Remove(Key(200)));
        Assert.True(ring.IsNeighbour(Key(150)));
        Assert.False(ring.Remove(Key(200)));
    }

    private static PeerId Key(byte first)
    {
        var bytes = new byte[PeerId.SizeBytes];
        bytes[0] = first;
        return new PeerId(bytes);
    }

    private static PeerId Random(SeededRandomSource random)
    {
        var bytes = new byte[PeerId.SizeBytes];
        random.Fill(bytes);
        return new PeerId(bytes);
    }

    private static BigInteger Number(PeerId key) => new(key.ToArray(), isUnsigned: true, isBigEndian: true);
}
