namespace KillaBeez.Tests.Time;

public class TimerTableTests
{
    private readonly TimerTable<Timer> _timers = new();

    private enum Timer
    {
        First,
        Second,
        Third,
    }

    [Fact]
    public void New_Table_HasNothingDue()
    {
        Assert.Equal(Instant.Never, _timers.Next);
        Assert.False(_timers.TryTakeDue(new Instant(long.MaxValue - 1), out _));
        Assert.All(Enum.GetValues<Timer>(), t => Assert.False(_timers.IsSet(t)));
    }

    [Fact]
    public void TryTakeDue_SeveralDue_GivesTheEarliestFirstAndEachOnce()
    {
        _timers.Set(Timer.First, new Instant(30));
        _timers.Set(Timer.Second, new Instant(10));
        _timers.Set(Timer.Third, new Instant(31));
        Assert.Equal(new Instant(10), _timers.Next);

        Assert.True(_timers.TryTakeDue(new Instant(30), out var timer));
        Assert.Equal(Timer.Second, timer);
        Assert.True(_timers.TryTakeDue(new Instant(30), out timer));
        Assert.Equal(Timer.First, timer);
        Assert.False(_timers.TryTakeDue(new Instant(30), out _));
        Assert.Equal(new Instant(31), _timers.Next);
    }

    [Fact]
    public void Set_Again_MovesTheDeadlineAndSetIfIdleDoesNot()
    {
        _timers.Set(Timer.First, new Instant(10));
        _timers.SetIfIdle(Timer.First, new Instant(5));
        Assert.Equal(new Instant(10), _timers[Timer.First]);

        _timers.Set(Timer.First, new Instant(20));
        _timers.SetIfIdle(Timer.Second, new Instant(15));
        Assert.Equal((new Instant(20), new Instant(15)), (_timers[Timer.First], _timers[Timer.Second]));
    }

    [Fact]
    public void Clear_OneOrAll_ForgetsTheDeadlines()
    {
        _timers.Set(Timer.First, new Instant(1));
        _timers.Set(Timer.Second, new Instant(2));
        _timers.Clear(Timer.First);
        Assert.Equal(new Instant(2), _timers.Next);

        _timers.ClearAll();
        Assert.Equal(Instant.Never, _timers.Next);
    }

    [Fact]
    public void Set_ToNever_IsNotSet()
    {
        _timers.Set(Timer.First, Instant.Never);

        Assert.False(_timers.IsSet(Timer.First));
        Assert.False(_timers.TryTakeDue(new Instant(long.MaxValue - 1), out _));
    }
}
