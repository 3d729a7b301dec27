using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>What a switch costs on links with delay and a rate: how long delivery stalls and how much is repeated.</summary>
public sealed class SessionSwitchTests
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(20, 100)]
    [InlineData(100, 20)]
    [InlineData(50, 50)]
    public void Use_UnderLoad_StallsAtMostThreeRoundTripsOfTheNewPath(int oldDelayMs, int newDelayMs)
    {
        var run = new TimedRun(oldDelayMs, newDelayMs);
        run.For(TimeSpan.FromSeconds(2));
        run.ResetMeasures();
        run.Sender.Use(run.Now, run.Second.Id);
        run.For(TimeSpan.FromSeconds(2));
        Assert.True(run.LongestGap <= TimeSpan.FromMilliseconds(newDelayMs * 2 * 3), $"stalled for {run.LongestGap}");

        // What waits in the link, what is between sending and acknowledgement, and what an ACK waits to cover.
        var bound = run.Options.LinkQueueBytes + run.BytesInFlight(run.First) + SessionLimits.MaxAckBytes;
        Assert.True(run.Repeated <= bound, $"repeated {run.Repeated} bytes");
        Assert.True(run.Second.Carried > 0);
    }

    [Fact]
    public void Link_DiesUnnoticed_DeliveryGoesOnByTheOtherWithinTheSuspicion()
    {
        var run = new TimedRun(20, 60);
        run.For(TimeSpan.FromSeconds(2));
        run.ResetMeasures();
        run.First.IsDead = true;
        run.For(TimeSpan.FromSeconds(4));
        Assert.InRange(run.LongestGap.TotalSeconds, 0.9, 1.5);
    }

    private sealed class TimedLink(long id, int delayMs)
    {
        public LinkId Id { get; } = new(id);

        public TimeSpan Delay { get; } = TimeSpan.FromMilliseconds(delayMs);

        public bool IsDead { get; set; }

        public Queue<byte[]>[] Waiting { get; } = [new(), new()];

        public Queue<(Instant At, byte[] Message)>[] OnTheWay { get; } = [new(), new()];

        public long[] Credit { get; } = [0, 0];

        public int Carried { get; set; }
    }

    /// <summary>One side writes whenever it may; each link takes 10 MB/s.</summary>
    private sealed class TimedRun
    {
        private const int BytesPerTick = 10_000;
        private const int FrameBytes = 4000;

        private readonly SessionEngine[] _engines;
        private readonly byte[] _buffer = new byte[SessionLimits.MaxMessageBytes];
        private readonly byte[] _frame = new byte[FrameBytes];
        private Instant _deliveredAt;
        private int _delivered;
        private int _framesCarried;
        private int _deliveredBefore;

        public TimedRun(int firstDelayMs, int secondDelayMs)
        {
            _engines = [new SessionEngine(Options, new SeededRandomSource(1)), new SessionEngine(Options, new SeededRandomSource(2))];
            First = Open(1, firstDelayMs);
            Second = Open(2, secondDelayMs);
        }

        public SessionOptions Options { get; } = new() { ReplayBytes = 4 << 20 };

        public Instant Now { get; private set; } = new(1_000_000);

        public SessionEngine Sender => _engines[0];

        public TimedLink First { get; }

        public TimedLink Second { get; }

        public TimeSpan LongestGap { get; private set; }

        /// <summary>Bytes of frames that came in twice since the measures were reset.</summary>
        public int Repeated => (_framesCarried - (_delivered - _deliveredBefore)) * FrameBytes;

        public int BytesInFlight(TimedLink link) => (int)(link.Delay / _tick) * 2 * BytesPerTick;

        public void ResetMeasures()
        {
            LongestGap = TimeSpan.Zero;
            _framesCarried = 0;
            _deliveredBefore = _delivered;
            _deliveredAt = Now;
        }

        public void For(TimeSpan time)
        {
            for (var end = Now + time; Now < end; Now += _tick)
            {
                foreach (var link in (ReadOnlySpan<TimedLink>)[First, Second])
                {
                    Arrive(link, 0);
                    Arrive(link, 1);
                }

                while (Sender.TryWrite(Now, _frame))
                {
                }

                for (var node = 0; node < 2; node++)
                {
                    _engines[node].HandleTimeout(Now);
                    Pump(node);
                    Take(First, node);
                    Take(Second, node);
                    Pump(node);
                }
            }
        }

        private TimedLink Open(long id, int delayMs)
        {
            var link = new TimedLink(id, delayMs);
            var hello = _engines[0].LinkStarting(Now, link.Id, LinkRole.Initiator);
            var answer = _engines[1].LinkStarting(Now, link.Id, LinkRole.Responder);
            _engines[1].LinkOpened(Now, link.Id, hello);
            _engines[0].LinkOpened(Now, link.Id, answer);
            return link;
        }

        private void Arrive(TimedLink link, int to)
        {
            while (link.OnTheWay[to].TryPeek(out var next) && next.At <= Now)
            {
                link.OnTheWay[to].Dequeue();
                if (to == 1 && next.Message.Length > FrameBytes)
                {
                    _framesCarried++;
                    link.Carried++;
                }

                _engines[to].MessageReceived(Now, link.Id, next.Message);
                Pump(to);
            }
        }

        /// <summary>The link takes what its rate allows in one tick and carries it.</summary>
        private void Take(TimedLink link, int from)
        {
            link.Credit[from] = Math.Min(link.Credit[from] + BytesPerTick, 2 * BytesPerTick);
            while (link.Credit[from] > 0 && link.Waiting[from].TryDequeue(out var message))
            {
                link.Credit[from] -= message.Length;
                _engines[from].LinkTook(Now, link.Id, message.Length);
                if (!link.IsDead)
                {
                    link.OnTheWay[1 - from].Enqueue((Now + link.Delay, message));
                }
            }
        }

        private void Pump(int node)
        {
            while (_engines[node].TryPollTransmit(Now, _buffer, out var written, out var id))
            {
                (id == First?.Id ? First : Second).Waiting[node].Enqueue(_buffer[..written]);
            }

            while (_engines[node].TryPollEvent(out var e))
            {
                if (e.Kind == SessionEventKind.Frame)
                {
                    _delivered++;
                    LongestGap = Now - _deliveredAt > LongestGap ? Now - _deliveredAt : LongestGap;
                    _deliveredAt = Now;
                    e.Frame.Dispose();
                }
            }
        }
    }
}
