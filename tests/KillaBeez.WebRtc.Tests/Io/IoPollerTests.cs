using KillaBeez.Tests;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class IoPollerTests
{
    private const int Items = 200_000;
    public static TheoryData<string> Kinds()
    {
        var kinds = new TheoryData<string> { nameof(SelectPoller) };
        if (LinuxDatagramSocket.IsSupported)
        {
            kinds.Add(nameof(LinuxPoller));
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wake_BeforeWait_IsNotLost(string kind)
    {
        using var poller = Create(kind);
        poller.Wake();

        WaitPatiently(poller);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Wake_OneQueueTwoThreads_NoItemWaitsForEver(string kind)
    {
        using var poller = Create(kind);
        var queue = new System.Collections.Concurrent.ConcurrentQueue<int>();
        var producer = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Items; i++)
                {
                    queue.Enqueue(i);
                    poller.Wake();
                    if (i % 64 == 0)
                    {
                        // Lets the consumer fall asleep now and then.
                        SpinWait.SpinUntil(() => queue.IsEmpty);
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        for (var expected = 0; expected < Items;)
        {
            WaitPatiently(poller);
            while (queue.TryDequeue(out var item))
            {
                Assert.Equal(expected++, item);
            }
        }

        await producer.WaitAsync(Patience.Bound);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wait_PastDeadline_ReturnsAtOnce(string kind)
    {
        using var poller = Create(kind);

        poller.Wait([], null, TimeSpan.FromSeconds(-1));
        poller.Wait([], null, TimeSpan.FromTicks(1));
    }

    /// <summary>A lost wake-up sleeps until the patience is over.</summary>
    private static void WaitPatiently(IoPoller poller)
    {
        var since = MonotonicClock.Now;
        poller.Wait([], null, Patience.Bound);
        Assert.True(MonotonicClock.Now - since < Patience.Bound, "a wake-up was lost");
    }

    private static IoPoller Create(string kind) => kind == nameof(SelectPoller) ? new SelectPoller() : IoPoller.Create();
}
