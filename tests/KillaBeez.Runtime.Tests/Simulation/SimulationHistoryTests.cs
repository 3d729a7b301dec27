namespace KillaBeez.Runtime.Tests;

/// <summary>One seed is one history, whatever the actors do.</summary>
public sealed class SimulationHistoryTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(77UL)]
    [InlineData(0xFFFF_FFFF_FFFFUL)]
    public void Run_SameSeedTwice_HasOneHistory(ulong seed)
    {
        var (first, second) = (RunCrowd(seed), RunCrowd(seed));
        Assert.True(first.Messages > 5_000, $"the crowd is at work: {first.Messages} messages");
        Assert.Equal(first, second);
    }

    [Fact]
    public void Run_OtherSeeds_HaveOtherHistories()
    {
        var hashes = Enumerable.Range(0, 10).Select(seed => RunCrowd((ulong)seed).Hash).Distinct();
        Assert.Equal(10, hashes.Count());
    }

    [Fact]
    public void Run_MailboxesReadyTogether_RunInAnOrderThatTheSeedChooses()
    {
        var orders = Enumerable.Range(0, 50).Select(seed =>
        {
            var simulation = new Simulation((ulong)seed);
            var system = simulation.CreateSystem("a");
            var order = new List<string>();
            foreach (var name in new[] { "x", "y", "z" })
            {
                system.ActorOf(Props.Create(() => new Recorder(order)), name).Tell("m");
            }

            simulation.RunReady();
            return string.Concat(order);
        }).Distinct().Order();
        Assert.Equal(["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"], orders);
    }

    private static (ulong Hash, long Messages, TimeSpan Elapsed) RunCrowd(ulong seed)
    {
        var simulation = new Simulation(seed);
        var systems = Enumerable.Range(0, 4).Select(i => simulation.CreateSystem($"node{i}")).ToArray();
        var everyone = new List<IActorRef>();
        foreach (var system in systems)
        {
            for (var i = 0; i < 5; i++)
            {
                var child = Props.Create(() => new Member(everyone, simulation.Random));
                everyone.Add(system.ActorOf(BackoffSupervisor.Props(Backoff.OnFailure(
                    child, "member", TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), 0.5, -1))));
            }
        }

        simulation.RunFor(TimeSpan.FromSeconds(10));
        simulation.RunUntilCompleted(systems[0].Terminate(), TimeSpan.FromSeconds(10));
        simulation.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(0, simulation.ForeignPosts);
        return (simulation.HistoryHash, simulation.MessageCount, simulation.Elapsed);
    }

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(List<string> order) => ReceiveAny(_ => order.Add(Self.Path.Name));
    }

    /// <summary>Chatters with timers, timeouts, questions, asynchronous handlers, watches and failures.</summary>
    private sealed class Member : ReceiveActor, IWithTimers
    {
        public Member(List<IActorRef> everyone, IRandomSource random)
        {
            IActorRef Anyone() => everyone[Draw(random, everyone.Count)];
            Timers.StartPeriodicTimer("t", "tick", TimeSpan.FromMilliseconds(20 + Draw(random, 50)));
            SetReceiveTimeout(TimeSpan.FromMilliseconds(45));
            Receive<string>(s => s == "tick", tick =>
            {
                Anyone().Tell(Draw(random, 100));
                _ = Anyone().Ask<string>('q', TimeSpan.FromMilliseconds(100)).PipeTo(Self, failure: e => e.GetType().Name);
            });
            Receive<int>(i => i == 0, _ => throw new BadImageFormatException("0"));
            Receive<int>(i => i < 60, i => Anyone().Forward(i + 7));
            ReceiveAsync<int>(async i =>
            {
                var answer = await Anyone().Ask<string>('q', TimeSpan.FromMilliseconds(200));
                Sender.Tell(answer + i);
            });
            Receive<char>(c => Sender.Tell("re:" + c));
            Receive<ReceiveTimeout>(_ => Context.Watch(Context.ActorOf(Props.Create(() => new Recorder(new List<string>())))).Tell(PoisonPill.Instance));
            Receive<Terminated>(_ => Anyone().Tell("ended"));
            ReceiveAny(_ => { });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private static int Draw(IRandomSource random, int count)
        {
            Span<byte> two = stackalloc byte[2];
            random.Fill(two);
            return ((two[0] << 8) | two[1]) % count;
        }
    }
}
