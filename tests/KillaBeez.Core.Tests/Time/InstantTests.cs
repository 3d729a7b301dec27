namespace KillaBeez.Tests.Time;

public class InstantTests
{
    [Fact]
    public void Arithmetic_TimeSpans_IsExactToTheMicrosecond()
    {
        var at = Instant.FromElapsed(TimeSpan.FromMicroseconds(1_500));

        Assert.Equal(1_500, at.Microseconds);
        Assert.Equal(TimeSpan.FromMicroseconds(1_500), at.SinceOrigin);
        Assert.Equal(new Instant(1_501), at + TimeSpan.FromMicroseconds(1));
        Assert.Equal(new Instant(1_499), at - TimeSpan.FromMicroseconds(1));
        Assert.Equal(new Instant(3_750), at.AddMs(2.25));
        Assert.Equal(TimeSpan.FromMicroseconds(1_500), at - Instant.Zero);
        Assert.Equal(TimeSpan.FromMicroseconds(-1_500), Instant.Zero - at);
    }

    [Fact]
    public void Never_MovedEitherWay_StaysNever()
    {
        Assert.Equal(Instant.Never, Instant.Never + TimeSpan.FromDays(1));
        Assert.Equal(Instant.Never, Instant.Never - TimeSpan.FromDays(1));
        Assert.Equal(Instant.Never, Instant.Never.AddMs(1));
        Assert.True(new Instant(long.MaxValue - 1) < Instant.Never);
    }

    [Fact]
    public void Order_EveryOperator_Agrees()
    {
        Instant early = new(1), late = new(2);

        Assert.True(early < late && late > early && early <= late && late >= early);
        Assert.False(late < early || early > late || late <= early || early >= late);
        Assert.True(early <= new Instant(1) && early >= new Instant(1));
        Assert.Equal(early, Instant.Min(late, early));
        Assert.Equal(late, Instant.Max(early, late));
        Assert.True(early.CompareTo(late) < 0);
    }

    [Theory]
    [InlineData(1_500_250, "1500.25ms")]
    [InlineData(0, "0ms")]
    [InlineData(long.MaxValue, "never")]
    public void ToString_Instant_IsInMilliseconds(long microseconds, string expected) =>
        Assert.Equal(expected, new Instant(microseconds).ToString());
}
