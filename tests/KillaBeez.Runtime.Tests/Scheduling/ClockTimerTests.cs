namespace KillaBeez.Runtime.Tests;

/// <summary>The real clock: no upper bounds on delays, since the machine may be busy.</summary>
[Collection(nameof(UndisturbedCollection))]
public sealed class ClockTimerTests
{
    [Fact]
    public void Cancel_OfManyEntries_LeavesNothingBehind()
    {
        using var timers = new ClockTimerService();
        var scheduler = new Scheduler(timers);
        var entries = Enumerable.Range(0, 10_000)
            .Select(i => scheduler.ScheduleTellOnceCancelable(TimeSpan.FromMinutes(1 + (i % 50)), ActorRefs.Nobody, "m", null))
            .ToList();
        Assert.Equal(10_000, timers.Count);
        entries.ForEach(entry => entry.Cancel());
        Assert.Equal(0, timers.Count);
    }

    [Fact]
    public async Task Schedule_ThousandsWithinAMoment_AllFireAndNoneEarly()
    {
        using var timers = new ClockTimerService();
        var scheduler = new Scheduler(timers);
        var (waiting, early) = (5_000, 0);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 5_000; i++)
        {
            var dueTicks = timers.NowTicks + TimeSpan.FromMilliseconds(i % 100).Ticks;
            scheduler.Schedule(
                new ActionEntry(() =>
                {
                    early += timers.NowTicks < dueTicks ? 1 : 0;
                    if (--waiting == 0)
                    {
                        done.SetResult();
                    }
                }),
                TimeSpan.FromMilliseconds(i % 100));
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, early);
    }

    [Fact]
    public async Task Schedule_EarlierThanTheOneThatWaits_MovesTheAlarm()
    {
        using var timers = new ClockTimerService();
        var scheduler = new Scheduler(timers);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.Schedule(new ActionEntry(() => { }), TimeSpan.FromHours(1));
        scheduler.Schedule(new ActionEntry(done.SetResult), TimeSpan.FromMilliseconds(5));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Create_OfASystem_LeavesTheCallersExecutionContextAsItWas()
    {
        using (new ClockTimerService())
        {
            Assert.False(ExecutionContext.IsFlowSuppressed());
        }

        using (ExecutionContext.SuppressFlow())
        {
            using var timers = new ClockTimerService();
            Assert.True(ExecutionContext.IsFlowSuppressed());
        }
    }

    [Fact]
    public void End_WithEntriesThatWait_AbandonsThemAndLaterOnes()
    {
        using var timers = new ClockTimerService();
        var scheduler = new Scheduler(timers);
        var abandoned = 0;
        scheduler.Schedule(new ActionEntry(() => { }, () => abandoned++), TimeSpan.FromHours(1));
        scheduler.End();
        scheduler.Schedule(new ActionEntry(() => { }, () => abandoned++), TimeSpan.FromHours(1));
        Assert.Equal(2, abandoned);
        Assert.Equal(0, timers.Count);
    }
}
