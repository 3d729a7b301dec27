using System.Diagnostics;
using KillaBeez.Runtime;

namespace KillaBeez.Benchmarks.Actors;

/// <summary>
/// What the actor runtime costs, measured by hand: each figure is the best of several rounds, because what disturbs
/// a measurement only ever makes it slower.
/// </summary>
internal static class ActorBenchmarks
{
    public static void Run(Report report)
    {
        report.Best("ping-pong, 1 pair", "messages/s", () => PingPong(pairs: 1, messagesEach: 3_000_000));
        report.Best("ping-pong, 8 pairs", "messages/s", () => PingPong(pairs: 8, messagesEach: 500_000));
        report.Best("one-way Tell, 1 producer", "messages/s", () => OneWay(producers: 1, each: 4_000_000));
        report.Best("one-way Tell, 2 producers", "messages/s", () => OneWay(producers: 2, each: 2_000_000));
        report.Best("sequential Ask", "questions/s", () => SequentialAsk(300_000, null));
        report.Best("sequential Ask with timeout", "questions/s", () => SequentialAsk(300_000, TimeSpan.FromSeconds(30)));
        report.Best("creation until started", "actors/s", () => Creation(100_000, out _));
        report.Best("timers set and cancelled", "timers/s", () => Timers(500_000));
        report.Best("simulation, 50 systems x 200 actors", "messages/s", () => Simulated(2_000_000));
        _ = Creation(100_000, out var bytesEach);
        report.Add("memory of an idle actor", bytesEach, "B");
    }

    private static double PingPong(int pairs, int messagesEach)
    {
        var system = ActorSystem.Create("bench");
        using var done = new CountdownEvent(pairs);
        var signal = done;
        var starts = new List<IActorRef>();
        for (var i = 0; i < pairs; i++)
        {
            var pong = system.ActorOf(Props.Create(() => new Ball()));
            starts.Add(system.ActorOf(Props.Create(() => new Server(pong, messagesEach, signal))));
        }

        var watch = Stopwatch.StartNew();
        starts.ForEach(start => start.Tell("serve"));
        done.Wait();
        var rate = (double)pairs * messagesEach / watch.Elapsed.TotalSeconds;
        End(system);
        return rate;
    }

    private static double OneWay(int producers, int each)
    {
        var system = ActorSystem.Create("bench");
        using var done = new CountdownEvent(1);
        var signal = done;
        var total = producers * each;
        var sink = system.ActorOf(Props.Create(() => new Sink(total, signal)));
        var message = new object();
        var watch = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, producers).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
            {
                sink.Tell(message, ActorRefs.NoSender);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        done.Wait();
        var rate = total / watch.Elapsed.TotalSeconds;
        threads.ForEach(thread => thread.Join());
        End(system);
        return rate;
    }

    private static double SequentialAsk(int count, TimeSpan? timeout)
    {
        var system = ActorSystem.Create("bench");
        var echo = system.ActorOf(Props.Create(() => new Echo()));
        var question = new object();
        var watch = Stopwatch.StartNew();
        Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await echo.Ask<object>(question, timeout).ConfigureAwait(false);
            }
        }).GetAwaiter().GetResult();
        var rate = count / watch.Elapsed.TotalSeconds;
        End(system);
        return rate;
    }

    private static double Creation(int count, out double bytesEach)
    {
        var system = ActorSystem.Create("bench");
        using var started = new CountdownEvent(count);
        var signal = started;
        var props = Props.Create(() => new Idle(signal));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            system.ActorOf(props);
        }

        started.Wait();
        var rate = count / watch.Elapsed.TotalSeconds;
        bytesEach = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count;
        End(system);
        return rate;
    }

    private static double Timers(int count)
    {
        var system = ActorSystem.Create("bench");
        var sink = system.ActorOf(Props.Create(() => new Echo()));
        var waiting = new ICancelable[1000];
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            ref var slot = ref waiting[i % waiting.Length];
            slot?.Cancel();
            slot = system.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromSeconds(30 + (i % 7)), sink, "m", ActorRefs.NoSender);
        }

        var rate = count / watch.Elapsed.TotalSeconds;
        End(system);
        return rate;
    }

    private static double Simulated(int messages)
    {
        var simulation = new Simulation(1);
        var everyone = new List<IActorRef>();
        var props = Props.Create(() => new Wanderer(everyone));
        foreach (var system in Enumerable.Range(0, 50).Select(i => simulation.CreateSystem($"node{i}")))
        {
            for (var i = 0; i < 200; i++)
            {
                everyone.Add(system.ActorOf(props));
            }
        }

        simulation.RunReady();
        everyone.ForEach(actor => actor.Tell("walk"));
        var watch = Stopwatch.StartNew();
        simulation.RunUntil(() => simulation.MessageCount >= messages, TimeSpan.FromDays(1));
        return messages / watch.Elapsed.TotalSeconds;
    }

    private static void End(ActorSystem system) => system.Terminate().GetAwaiter().GetResult();

    private sealed class Server : ReceiveActor
    {
        public Server(IActorRef pong, int messages, CountdownEvent done)
        {
            var count = 0;
            Receive<Ball.Hit>(hit =>
            {
                count += 2;
                if (count < messages)
                {
                    Sender.Tell(hit);
                }
                else
                {
                    done.Signal();
                }
            });
            Receive<string>(_ => pong.Tell(new Ball.Hit()));
        }
    }

    private sealed class Ball : ReceiveActor
    {
        public Ball()
        {
            Receive<Hit>(hit => Sender.Tell(hit));
        }

        public sealed record Hit;
    }

    private sealed class Sink : ReceiveActor
    {
        public Sink(int total, CountdownEvent done)
        {
            var count = 0;
            ReceiveAny(_ =>
            {
                if (++count == total)
                {
                    done.Signal();
                }
            });
        }
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Idle : ReceiveActor
    {
        private readonly CountdownEvent _started;

        public Idle(CountdownEvent started)
        {
            _started = started;
            Receive<string>(text => Sender.Tell(text));
            Receive<int>(number => Sender.Tell(number));
        }

        protected override void PreStart() => _started.Signal();
    }

    private sealed class Wanderer : ReceiveActor
    {
        private uint _state;

        public Wanderer(List<IActorRef> everyone)
        {
            Receive<string>(text =>
            {
                _state = (_state * 1664525) + 1013904223;
                var next = everyone[(int)(_state % (uint)everyone.Count)];
                if ((_state & 15) == 0)
                {
                    Context.System.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromMilliseconds(_state % 100), next, text, Self);
                }
                else
                {
                    next.Tell(text);
                }
            });
        }
    }
}
