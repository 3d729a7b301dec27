using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class DeadlineHeapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomOperations_AgreeWithAPlainList(ulong seed)
    {
        var random = new SeededRandomSource(seed);
        var items = Enumerable.Range(0, 40).Select(_ => new Item()).ToArray();
        var heap = new DeadlineHeap<Item>();
        var expected = new Dictionary<Item, Instant>();
        for (var i = 0; i < 20_000; i++)
        {
            var item = items[random.NextInt32(0, items.Length)];
            switch (random.NextInt32(0, 4))
            {
                case 0:
                    heap.Set(item, Instant.Never);
                    expected.Remove(item);
                    break;
                case 1 when heap.TryTakeDue(new Instant(random.NextInt32(0, 100)), out var due):
                    Assert.Equal(expected.Values.Min(), expected[due]);
                    expected.Remove(due);
                    break;
                default:
                    var deadline = new Instant(random.NextInt32(0, 100));
                    heap.Set(item, deadline);
                    expected[item] = deadline;
                    break;
            }

            Assert.Equal(expected.Count, heap.Count);
            Assert.Equal(expected.Count == 0 ? Instant.Never : expected.Values.Min(), heap.Next);
        }
    }

    [Fact]
    public void TryTakeDue_NothingDue_TakesNothing()
    {
        var heap = new DeadlineHeap<Item>();
        heap.Set(new Item(), new Instant(10));

        Assert.False(heap.TryTakeDue(new Instant(9), out _));
        Assert.True(heap.TryTakeDue(new Instant(10), out _));
        Assert.Equal(Instant.Never, heap.Next);
    }

    private sealed class Item : IDeadlineItem
    {
        public int HeapIndex { get; set; } = -1;

        public Instant HeapDeadline { get; set; }
    }
}
