namespace KillaBeez.Runtime.Tests;

/// <summary>
/// Trees of actors under every directive, with failures everywhere and at once. Whatever the order: nobody who lives
/// stays suspended, and nobody is left without a parent.
/// </summary>
public sealed class SupervisionStormTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Tree_AfterAStormOfFailures_EveryLivingActorAnswers(int firstSeed)
    {
        var survivors = 0;
        for (var seed = firstSeed; seed < firstSeed + 25; seed++)
        {
            survivors += RunStorm((ulong)seed);
        }

        Assert.True(survivors > 25, $"enough of them live to tell: {survivors}");
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
