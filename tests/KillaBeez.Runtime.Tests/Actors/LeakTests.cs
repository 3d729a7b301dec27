using System.Runtime.CompilerServices;

namespace KillaBeez.Runtime.Tests;

/// <summary>Whatever fails or ends leaves nothing behind, however often it does.</summary>
public sealed class LeakTests
{
    private const int Crashes = 1_000;

    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;
    private readonly List<WeakReference> _instances = [];

    public LeakTests() => _system = _simulation.CreateSystem("a");

    [Fact]
    public void Restart_AThousandTimes_LeavesOneInstanceItsTimersAndItsChild()
    {
        var target = _system.ActorOf(Victim.Of([]));
        var parent = _system.ActorOf(Nest.Of(Victim.Of(_instances, target)), "nest");
        for (var i = 0; i < Crashes; i++)
        {
            parent.Tell("fail");
        }

        parent.Tell("count");
        _simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(Crashes + 1, _instances.Count);
        Assert.Equal(1, CountAlive());
        // The victim's timer and its receive timeout.
        Assert.Equal(2 + 2, _simulation.TimerCount);
        var child = Assert.Single(((LocalActorRef)parent).Cell.ChildRecords()).Ref;
        Assert.Single(child.Cell.ChildRecords());
        Assert.Equal(1, Assert.IsType<int>(WatcherCount(target)));
    }

    [Fact]
    public void Backoff_AThousandFailures_LeavesOneInstanceAndItsTimers()
    {
        var supervisor = _system.ActorOf(BackoffSupervisor.Props(Backoff.OnFailure(
            Victim.Of(_instances), "victim", TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20), 0.2, -1)));
        for (var i = 0; i < Crashes; i++)
        {
            supervisor.Tell("fail");
            _simulation.RunFor(TimeSpan.FromMilliseconds(30));
        }

        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(Crashes + 1, _instances.Count);
        Assert.Equal(1, CountAlive());
        Assert.Equal(2, _simulation.TimerCount);
        Assert.Single(((LocalActorRef)supervisor).Cell.ChildRecords());
    }

    [Fact]
    public void Stop_OfManyActors_LeavesNoInstanceTimerOrWatch()
    {
        var target = _system.ActorOf(Victim.Of([]));
        var actors = Enumerable.Range(0, Crashes).Select(_ => _system.ActorOf(Victim.Of(_instances, target))).ToList();
        _simulation.RunReady();
        Assert.Equal(Crashes, WatcherCount(target));
        actors.ForEach(_system.Stop);
        _simulation.RunReady();
        Assert.Equal(0, CountAlive());
        Assert.Equal(2, _simulation.TimerCount);
        Assert.Equal(0, WatcherCount(target));
    }

    [Fact]
    public void Subscription_OfAStoppedActor_IsForgotten()
    {
        var actor = _system.ActorOf(Victim.Of([]));
        _system.EventStream.Subscribe<string>(actor);
        _system.Stop(actor);
        _simulation.RunReady();
        _system.EventStream.Publish("m");
        Assert.False(_system.EventStream.Unsubscribe(actor));
    }

    private static int WatcherCount(IActorRef actor) => ((LocalActorRef)actor).Cell.WatcherCount;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int CountAlive()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return _instances.Count(instance => instance.IsAlive);
    }

    private sealed class Nest : ReceiveActor
    {
        public Nest(Props child)
        {
            var victim = Context.ActorOf(child);
            ReceiveAny(victim.Forward);
        }

        public static Props Of(Props child) => Props.Create(() => new Nest(child));
    }

    /// <summary>Uses everything that could leak: a timer, a receive timeout, a child, a watch, a stash, a half-done handler.</summary>
    private sealed class Victim : ReceiveActor, IWithTimers, IWithUnboundedStash
    {
        public Victim(List<WeakReference> instances, IActorRef? target)
        {
            instances.Add(new WeakReference(this));
            Timers.StartPeriodicTimer("t", 1, TimeSpan.FromMinutes(1));
            SetReceiveTimeout(TimeSpan.FromHours(1));
            Context.ActorOf(Props.Create(() => new Grandchild()), "grandchild");
            if (target is not null)
            {
                Context.Watch(target);
            }

            Receive<string>(s => s == "fail", _ => throw new BadImageFormatException("mine"));
            ReceiveAny(_ => { });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public IStash Stash { get; set; } = null!;

        public static Props Of(List<WeakReference> instances, IActorRef? target = null) => Props.Create(() => new Victim(instances, target));
    }

    private sealed class Grandchild : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
