using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

public sealed class TokenBucketTests
{
    [Fact]
    public void TryTake_BurstThenRate_AsManyAsStated()
    {
        var bucket = new TokenBucket(10, 3);
        var now = new Instant(5_000_000);
        Assert.Equal(3, Take(ref bucket, now, 10));
        Assert.Equal(0, Take(ref bucket, now + TimeSpan.FromMilliseconds(99), 10));
        Assert.Equal(1, Take(ref bucket, now + TimeSpan.FromMilliseconds(101), 10));
        Assert.Equal(3, Take(ref bucket, now + TimeSpan.FromHours(1), 10));
    }

    [Fact]
    public void TryTake_TimeThatGoesBack_GivesNothing()
    {
        var bucket = new TokenBucket(10, 1);
        Assert.Equal(1, Take(ref bucket, new Instant(5_000_000), 2));
        Assert.Equal(0, Take(ref bucket, new Instant(1_000_000), 2));
    }

    private static int Take(ref TokenBucket bucket, Instant now, int tries)
    {
        var taken = 0;
        for (var i = 0; i < tries; i++)
        {
            taken += bucket.TryTake(now) ? 1 : 0;
        }

        return taken;
    }
}
