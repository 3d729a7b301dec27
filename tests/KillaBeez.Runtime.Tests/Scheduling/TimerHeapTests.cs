namespace KillaBeez.Runtime.Tests;

public sealed class TimerHeapTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void TakeDue_AfterAnyAddsAndRemovals_GivesTheRestInTheOrderOfTimeAndArrival(ulong seed)
    {
        var random = new SeededRandomSource(seed);
        var heap = new TimerHeap();
        var model = new List<(TimerEntry Entry, long Due, int Arrival)>();
        for (var step = 0; step < 5_000; step++)
        {
            if (model.Count > 0 && RandomDraw.Index(random, 3) == 0)
            {
                var victim = model[RandomDraw.Index(random, model.Count)];
                model.Remove(victim);
                Assert.True(heap.Remove(victim.Entry));
                Assert.False(heap.Remove(victim.Entry));
            }
            else
            {
                var entry = new ActionEntry(() => { }) { DueTicks = RandomDraw.Index(random, 200) };
                heap.Add(entry);
                model.Add((entry, entry.DueTicks, step));
            }

            Assert.Equal(model.Count, heap.Count);
        }

        foreach (var (entry, due, _) in model.OrderBy(item => item.Due).ThenBy(item => item.Arrival).ToList())
        {
            Assert.Equal(due, heap.NextDueTicks);
            Assert.Null(heap.TakeDue(due - 1));
            Assert.Same(entry, heap.TakeDue(due));
        }

        Assert.Equal(long.MaxValue, heap.NextDueTicks);
    }
}
