namespace KillaBeez.Core.Tests;

public class TokenBucketTests
{
    [Fact]
    public void TryTake_BurstThenSteady_GivesExactlyTheRate()
    {
        var now = Instant.Zero;
        var bucket = new TokenBucket(burst: 5, perSecond: 2);
        Assert.Equal(5, TakeAll(ref bucket, now));
        Assert.Equal(0, TakeAll(ref bucket, now.AddMs(499)));
        Assert.Equal(1, TakeAll(ref bucket, now.AddMs(500)));
        Assert.Equal(5, TakeAll(ref bucket, now.AddMs(1_000_000)));
    }

    [Fact]
    public void TryTake_MoreThanIsLeft_TakesNothing()
    {
        var bucket = new TokenBucket(burst: 5, perSecond: 1);

        Assert.False(bucket.TryTake(Instant.Zero, 6));
        Assert.True(bucket.TryTake(Instant.Zero, 5));
    }

    [Fact]
    public void TryTake_TimeThatGoesBack_GivesNothing()
    {
        var bucket = new TokenBucket(burst: 1, perSecond: 10);
        Assert.True(bucket.TryTake(new Instant(5_000_000)));
        Assert.False(bucket.TryTake(new Instant(1_000_000)));
    }

    private static int TakeAll(ref TokenBucket bucket, Instant now)
    {
        var taken = 0;
        while (bucket.TryTake(now))
        {
            taken++;
        }

        return taken;
    }
}
