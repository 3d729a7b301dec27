namespace KillaBeez.Runtime.Tests;

[Collection(nameof(UndisturbedCollection))]
public sealed class MailboxTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Execute_UserMessages_AreHandledInOrderAndAtMostTheThroughputAtOnce()
    {
        var dispatcher = new ManualDispatcher(throughput: 3);
        var mailbox = new RecordingMailbox(dispatcher);
        for (var i = 0; i < 7; i++)
        {
            mailbox.Enqueue(i, null);
        }

        Assert.Equal(1, dispatcher.Waiting);
        dispatcher.RunOne();
        Assert.Equal([0, 1, 2], mailbox.Handled);
        dispatcher.RunOne();
        dispatcher.RunOne();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], mailbox.Handled);
        Assert.Equal(0, dispatcher.Waiting);
    }

    [Fact]
    public void Execute_SystemMessages_GoBeforeEachUserMessageInTheirOrder()
    {
        var dispatcher = new ManualDispatcher(throughput: 10);
        var mailbox = new RecordingMailbox(dispatcher);
        mailbox.Enqueue(0, null);
        mailbox.Enqueue(1, null);
        mailbox.EnqueueSystem(new Numbered("a"));
        mailbox.EnqueueSystem(new Numbered("b"));
        mailbox.OnMessage = message =>
        {
            if (message is 0)
            {
                mailbox.EnqueueSystem(new Numbered("c"));
            }
        };
        dispatcher.RunOne();
        Assert.Equal(["a", "b", 0, "c", 1], mailbox.Handled);
    }

    [Fact]
    public void Execute_Closed_KeepsUserMessagesAndHandlesSystemMessages()
    {
        var dispatcher = new ManualDispatcher(throughput: 10);
        var mailbox = new RecordingMailbox(dispatcher) { Open = false };
        mailbox.Enqueue(0, null);
        dispatcher.RunOne();
        Assert.Empty(mailbox.Handled);
        Assert.Equal(0, dispatcher.Waiting);

        mailbox.OnMessage = _ => mailbox.Open = true;
        mailbox.EnqueueSystem(new Numbered("open"));
        dispatcher.RunOne();
        Assert.Equal(["open", 0], mailbox.Handled);
    }

    [Fact]
    public void Enqueue_DuringARun_SchedulesNoSecondRun()
    {
        var dispatcher = new ManualDispatcher(throughput: 1);
        var mailbox = new RecordingMailbox(dispatcher);
        mailbox.OnMessage = message =>
        {
            if (message is int i && i < 3)
            {
                mailbox.Enqueue(i + 1, null);
                Assert.Equal(0, dispatcher.Waiting);
            }
        };
        mailbox.Enqueue(0, null);
        while (dispatcher.Waiting > 0)
        {
            dispatcher.RunOne();
            Assert.InRange(dispatcher.Waiting, 0, 1);
        }

        Assert.Equal([0, 1, 2, 3], mailbox.Handled);
    }

    [Fact]
    public async Task Enqueue_FromManyThreads_LosesNothingAndKeepsEachProducersOrder()
    {
        const int Producers = 4, Each = 100_000;
        var mailbox = new CountingMailbox(Producers, Each);
        var threads = Enumerable.Range(0, Producers).Select(producer => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                mailbox.Enqueue((producer, i), null);
                if (i % 1000 == 0)
                {
                    mailbox.EnqueueSystem(new Numbered(i));
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        Assert.Equal("all in order", await mailbox.Outcome.WaitAsync(Limit));
    }

    [Fact]
    public async Task Enqueue_EachTimeTheMailboxHasJustEmptied_IsNeverForgotten()
    {
        // One message in flight: each finds the mailbox on its way to sleep. After a lost wake-up the exchange stands
        // still. A busy machine makes fewer rounds of it, so the work is bounded, and the wait is for each message.
        const int MostRounds = 100_000;
        var mailbox = new CountingMailbox(1, MostRounds);
        var forgotten = await Task.Factory.StartNew(
            () =>
            {
                var end = Environment.TickCount64 + 3_000;
                for (var i = 0; i < MostRounds && Environment.TickCount64 < end; i++)
                {
                    mailbox.Enqueue((0, i), null);
                    var isHandled = SpinWait.SpinUntil(() => mailbox.Count > i, Limit);
                    if (!isHandled)
                    {
                        return i;
                    }
                }

                return -1;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Assert.Equal(-1, forgotten);
        Assert.True(mailbox.Count > 0);
    }

    private sealed class Numbered(object number) : SystemMessage
    {
        public object Number => number;
    }

    private sealed class ManualDispatcher(int throughput) : Dispatcher
    {
        private readonly Queue<IThreadPoolWorkItem> _waiting = new();

        public override int Throughput => throughput;

        public int Waiting => _waiting.Count;

        public override void Schedule(IThreadPoolWorkItem work) => _waiting.Enqueue(work);

        public void RunOne() => _waiting.Dequeue().Execute();
    }

    private sealed class RecordingMailbox(Dispatcher dispatcher) : Mailbox(dispatcher)
    {
        public List<object> Handled { get; } = [];

        public bool Open { get; set; } = true;

        public Action<object>? OnMessage { get; set; }

        protected override bool IsOpen => Open;

        protected override void BeginRun()
        {
        }

        protected override void EndRun()
        {
        }

        protected override bool HandleNext()
        {
            if (!TryDequeue(out var message, out _))
            {
                return false;
            }

            Handle(message);
            return true;
        }

        protected override void HandleSystem(SystemMessage message) => Handle(((Numbered)message).Number);

        private void Handle(object message)
        {
            Handled.Add(message);
            OnMessage?.Invoke(message);
        }
    }

    private sealed class CountingMailbox(int producers, int each) : Mailbox(ThreadPoolDispatcher.Instance)
    {
        private readonly int[] _next = new int[producers];
        private readonly TaskCompletionSource<string> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;
        private int _inside;

        public Task<string> Outcome => _outcome.Task;

        public int Count => Volatile.Read(ref _count);

        protected override bool IsOpen => true;

        protected override void BeginRun()
        {
            if (Interlocked.Increment(ref _inside) != 1)
            {
                _outcome.TrySetResult("two runs at once");
            }
        }

        protected override void EndRun() => Interlocked.Decrement(ref _inside);

        protected override bool HandleNext()
        {
            if (!TryDequeue(out var message, out _))
            {
                return false;
            }

            var (producer, number) = ((int, int))message;
            if (_next[producer]++ != number)
            {
                _outcome.TrySetResult($"producer {producer}: {number} out of order");
            }

            Volatile.Write(ref _count, _count + 1);
            if (_count == producers * each)
            {
                _outcome.TrySetResult("all in order");
            }

            return true;
        }

        protected override void HandleSystem(SystemMessage message)
        {
        }
    }
}
