namespace KillaBeez.Tests.Randomness;

public class RandomSourceTests
{
    [Fact]
    public void Seeded_KnownSeed_GivesThePublishedSequence()
    {
        // SplitMix64 from seed 1234567, as published with the algorithm.
        var random = new SeededRandomSource(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];

        Assert.All(expected, number => Assert.Equal(number, random.NextUInt64()));
    }

    [Fact]
    public void Seeded_OddSizes_AreRepeatable()
    {
        for (var size = 0; size < 40; size++)
        {
            byte[] a = new byte[size], b = new byte[size];
            new SeededRandomSource(7).Fill(a);
            new SeededRandomSource(7).Fill(b);
            Assert.Equal(a, b);
        }
    }

    [Fact]
    public void Fork_OfAForkedSource_IsItsOwnRepeatableSequence()
    {
        SeededRandomSource a = new(5), b = new(5);
        var forkA = a.Fork();
        var forkB = b.Fork();

        Assert.Equal(forkA.NextUInt64(), forkB.NextUInt64());
        Assert.Equal(a.NextUInt64(), b.NextUInt64());
        Assert.NotEqual(a.NextUInt64(), forkA.NextUInt64());
    }

    [Fact]
    public void System_TwoFills_Differ()
    {
        byte[] a = new byte[32], b = new byte[32];
        SystemRandomSource.Instance.Fill(a);
        SystemRandomSource.Instance.Fill(b);

        Assert.NotEqual(a, b);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-3, 3)]
    [InlineData(int.MinValue, int.MaxValue)]
    public void NextInt32_Range_StaysInside(int inclusive, int exclusive)
    {
        var random = new SeededRandomSource(1);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.InRange(random.NextInt32(inclusive, exclusive), inclusive, exclusive - 1);
        }
    }

    [Fact]
    public void NextInt32_SmallRange_ReachesEveryNumberAboutAsOften()
    {
        var random = new SeededRandomSource(2);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++)
        {
            counts[random.NextInt32(0, 6)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt32(3, 3));
    }

    [Fact]
    public void Chance_ZeroAndOne_AreNeverAndAlways()
    {
        var random = new SeededRandomSource(3);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.False(random.Chance(0));
            Assert.True(random.Chance(1));
            Assert.InRange(random.NextDouble(), 0, 0.9999999999999999);
        }
    }
}
