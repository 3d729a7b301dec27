using System.Globalization;
using System.Text;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>What the actors of the chaos sweep share.</summary>
internal sealed class ChaosWorld(Simulation simulation)
{
    public Simulation Simulation { get; } = simulation;

    public List<IActorRef> Everyone { get; } = [];

    public StringBuilder Log { get; } = new();

    public void Note(string what) => Log.Append(CultureInfo.InvariantCulture, $"{Simulation.Elapsed.Ticks} {what}\n");
}

internal sealed record Question(int Number);

internal sealed record Work(int Number, int Hops);

internal sealed record Piped(string What);

/// <summary>Does all that an actor can do, at random.</summary>
internal sealed class ChaosActor : ReceiveActor, IWithTimers, IWithStash
{
    private readonly string _name;
    private readonly ChaosWorld _world;
    private readonly Random _random;
    private readonly List<IActorRef> _children = [];
    private int _done;

    public ChaosActor(string name, ChaosWorld world, Random random)
    {
        (_name, _world, _random) = (name, world, random);
        Ready();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public IStash Stash { get; set; } = null!;

    protected override void PreStart()
    {
        Note("start");
        Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromMilliseconds(200 + _random.Next(300)));
        Context.SetReceiveTimeout(TimeSpan.FromMilliseconds(700));
        base.PreStart();
    }

    protected override void PostStop() => Note("stop");

    private void Note(string what) => _world.Note($"{Self.Path.ToStringWithUid()} {what}");

    private IActorRef Anyone() => _world.Everyone[_random.Next(_world.Everyone.Count)];

    private void Ready()
    {
        Receive<string>(s => s == "tick", _ => Tick());
        Receive<ReceiveTimeout>(_ => Note("quiet"));
        Receive<Terminated>(ended =>
        {
            Note("terminated " + ended.ActorRef.Path.ToStringWithUid());
            _children.Remove(ended.ActorRef);
        });
        Receive<Question>(question => Sender.Tell($"{_name}:{question.Number}:{_done}"));
        ReceiveAsync<Work>(WorkAsync);
        Receive<Status.Failure>(failure => Note("failed " + failure.Cause.GetType().Name));
        Receive<Piped>(piped => Note("piped " + piped.What));
    }

    private async Task WorkAsync(Work work)
    {
        Note($"work {work.Number}/{work.Hops}");
        if (work.Number % 7 == 0)
        {
            Note("asked " + await AskAsync(Anyone(), work.Number));
        }

        if (work.Number % 11 == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(80)), _world.Simulation.TimeProvider);
            Note("slept");
        }

        _done++;
        if (work.Hops > 0)
        {
            Anyone().Tell(work with { Hops = work.Hops - 1 });
        }

        if (_random.Next(60) == 0)
        {
            throw new InvalidOperationException("crash");
        }
    }

    /// <summary>Now with a token of the virtual clock, now with a time limit of Ask's own.</summary>
    private async Task<string> AskAsync(IActorRef whom, int number)
    {
        try
        {
            if (number % 2 == 0)
            {
                return await whom.Ask<string>(new Question(number), TimeSpan.FromSeconds(1));
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(50), _world.Simulation.TimeProvider);
            return await whom.Ask<string>(new Question(number), limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            return e.GetType().Name;
        }
    }

    private void Waiting()
    {
        Receive<string>(s => s == "go on", _ =>
        {
            Become(Ready);
            Stash.UnstashAll();
        });
        ReceiveAny(message =>
        {
            if (message is not Question)
            {
                Stash.Stash();
            }
        });
    }

    private void Tick()
    {
        if (_random.Next(40) == 0)
        {
            Note("throw");
            throw new ArgumentException("tick");
        }

        if (_random.Next(10) == 0)
        {
            Timers.StartSingleTimer("go", "go on", TimeSpan.FromMilliseconds(_random.Next(400)));
            Become(Waiting);
            return;
        }

        if (_children.Count < 5)
        {
            var child = Context.ActorOf(Props.Create(() => new Watcher()));
            Context.Watch(child);
            _children.ForEach(other => child.Tell(other));
            _children.Add(child);
        }
        else if (_random.Next(2) == 0)
        {
            Context.Stop(_children[_random.Next(_children.Count)]);
        }

        Anyone().Tell(new Work(_random.Next(1000), 6));
        _ = DelayAsync(_random.Next(100)).PipeTo(Self);
        _ = Anyone().Ask<string>(new Question(_done), TimeSpan.FromMilliseconds(1000 + _random.Next(1000))).PipeTo(Self, success: answer => new Piped(answer));
    }

    private async Task<Piped> DelayAsync(int milliseconds)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _world.Simulation.TimeProvider);
        return new Piped($"delay {milliseconds}");
    }

    private sealed class Watcher : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is IActorRef other)
            {
                Context.Watch(other);
            }
        }
    }
}
