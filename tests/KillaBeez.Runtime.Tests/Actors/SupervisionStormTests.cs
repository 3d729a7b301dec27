namespace KillaBeez.Runtime.Tests;

/// <summary>
/// Trees of actors under every directive, with failures everywhere and at once. Whatever the order: nobody who lives
/// stays suspended, and nobody is left without a parent.
/// </summary>
[Collection(nameof(UndisturbedCollection))]
public sealed class SupervisionStormTests
{
    [Fact]
    public async Task Tree_OnTheThreadPool_EveryLivingActorAnswersAndTheSystemEnds()
    {
        var limit = TimeSpan.FromSeconds(30);
        var survivors = 0;
        for (var round = 0; round < 40; round++)
        {
            var system = ActorSystem.Create("storm");
            var top = system.ActorOf(Node.Of(SystemRandomSource.Instance, depth: 3), "top");
            await top.Ask<string>("ping", limit);
            void Storm()
            {
                for (var i = 0; i < 30; i++)
                {
                    var living = Living(top);
                    if (living.Count > 0)
                    {
                        var victim = living[RandomDraw.Index(SystemRandomSource.Instance, living.Count)];
                        victim.Tell(i % 10 == 9 ? "stop" : i % 3 == 0 ? "fail later" : "fail");
                    }
                }
            }

            await Task.WhenAll(Task.Run(Storm), Task.Run(Storm));
            survivors += await AskAll(top, limit);
            await system.Terminate().WaitAsync(limit);
        }

        Assert.True(survivors > 0, $"somebody lives to tell: {survivors}");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Tree_AfterAStormOfFailures_EveryLivingActorAnswers(int firstSeed)
    {
        var survivors = 0;
        for (var seed = firstSeed; seed < firstSeed + 25; seed++)
        {
            survivors += RunStorm((ulong)seed);
        }

        Assert.True(survivors > 0, $"somebody lives to tell: {survivors}");
    }

    public static TheoryData<int> Seeds => [0, 25, 50, 75, 100, 125, 150, 175];

    private static int RunStorm(ulong seed)
    {
        var simulation = new Simulation(seed);
        var system = simulation.CreateSystem("storm");
        var random = new SeededRandomSource(seed ^ 0x5EED);
        var top = system.ActorOf(Node.Of(random, depth: 3), "top");
        simulation.RunReady();
        for (var wave = 0; wave < 6; wave++)
        {
            var living = Living(top);
            for (var i = 0; i < 12 && living.Count > 0; i++)
            {
                var victim = living[RandomDraw.Index(random, living.Count)];
                victim.Tell(RandomDraw.Index(random, 8) switch
                {
                    0 => "stop",
                    1 or 2 => "fail later",
                    _ => "fail",
                });
            }

            // The next wave comes while the last one is still being dealt with.
            var steps = RandomDraw.Index(random, 60);
            simulation.RunUntil(() => steps-- <= 0, TimeSpan.FromMilliseconds(RandomDraw.Index(random, 20)));
        }

        simulation.RunFor(TimeSpan.FromMinutes(1));
        var survivors = Living(top);
        foreach (var actor in survivors)
        {
            var answer = actor.Ask<string>("ping", TimeSpan.FromSeconds(1));
            simulation.RunFor(TimeSpan.FromSeconds(2));
            Assert.True(answer.IsCompletedSuccessfully, $"seed {seed}: {actor} does not answer");
        }

        simulation.RunUntilCompleted(system.Terminate(), TimeSpan.FromMinutes(1));
        Assert.Equal(0, simulation.TimerCount);
        return survivors.Count;
    }

    /// <summary>
    /// Each one answers or ends, since failures may still be dealt with while the questions are asked; in the end
    /// there is a round in which all answer.
    /// </summary>
    private static async Task<int> AskAll(IActorRef top, TimeSpan limit)
    {
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        List<IActorRef> living;
        int answered;
        do
        {
            living = Living(top);
            answered = 0;
            foreach (var actor in living)
            {
                using var end = new CancellationTokenSource();
                var answer = actor.Ask<string>("ping", end.Token);
                while (!answer.IsCompleted && !((LocalActorRef)actor).IsTerminated)
                {
                    Assert.True(Environment.TickCount64 < deadline, $"{actor} lives and does not answer");
                    await Task.Yield();
                }

                answered += answer.IsCompletedSuccessfully ? 1 : 0;
                await end.CancelAsync();
            }
        }
        while (answered < living.Count);
        return answered;
    }

    private static List<IActorRef> Living(IActorRef top)
    {
        var found = new List<IActorRef>();
        void Walk(LocalActorRef actor)
        {
            if (!actor.IsTerminated)
            {
                found.Add(actor);
                actor.Cell.ChildRecords().ForEach(child => Walk(child.Ref));
            }
        }

        Walk((LocalActorRef)top);
        return found;
    }

    private sealed class Node : ReceiveActor
    {
        private readonly IRandomSource _random;

        public Node(IRandomSource random, int depth)
        {
            _random = random;
            for (var i = 0; depth > 0 && i < 3; i++)
            {
                if (Context.Child($"c{i}").IsNobody())
                {
                    Context.ActorOf(Of(random, depth - 1), $"c{i}");
                }
            }

            Receive<string>(s => s == "ping", _ => Sender.Tell("pong"));
            Receive<string>(s => s == "stop", _ => Context.Stop(Self));
            Receive<string>(s => s == "fail", _ => throw new BadImageFormatException("now"));
            ReceiveAsync<string>(async _ =>
            {
                await Task.Yield();
                throw new BadImageFormatException("later");
            });
        }

        public static Props Of(IRandomSource random, int depth) => Props.Create(() => new Node(random, depth));

        protected override void PreRestart(Exception reason, object? message)
        {
            if (RandomDraw.Index(_random, 2) == 0)
            {
                base.PreRestart(reason, message);
            }
        }

        protected override SupervisorStrategy SupervisorStrategy()
        {
            Directive Decide(Exception cause) => RandomDraw.Index(_random, 10) switch
            {
                < 3 => Directive.Resume,
                < 6 => Directive.Restart,
                < 9 => Directive.Escalate,
                _ => Directive.Stop,
            };
            return RandomDraw.Index(_random, 2) == 0
                ? new OneForOneStrategy(Decide)
                : new AllForOneStrategy(Decide);
        }
    }
}
