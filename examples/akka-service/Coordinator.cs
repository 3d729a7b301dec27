using Akka.Event;
using KillaBeez.Streams;

namespace KillaBeez.Examples.AkkaService;

/// <summary>Gives jobs to the workers that call, over a stream to each.</summary>
internal static class Coordinator
{
    public static void Start(ActorSystem system, IEnumerable<Job> jobs)
    {
        var swarm = KillaBeezSwarm.Get(system);
        var pool = system.ActorOf(Props.Create(() => new JobPool(jobs)), "jobs");
        var materializer = system.Materializer();
        _ = swarm.Streams.Bind(Wire.Jobs).RunForeach(substream => Employ(substream, pool, materializer), materializer);
        system.Log.Info("Coordinator {Key} waits for workers", swarm.Self);
    }

    /// <summary>Accepts a worker: its results go to the pool, and whenever it can take a job, the pool is asked for one.</summary>
    private static void Employ(IncomingSubstream substream, IActorRef pool, IMaterializer materializer)
    {
        var results = Wire.Read<JobResult>().To(Sink.ForEach<JobResult>(result => pool.Tell(new JobPool.Done(substream, result))));
        var jobs = Source.Repeat(new JobPool.Take(substream)).SelectAsync(1, take => pool.Ask<Job>(take, Timeout.InfiniteTimeSpan)).Via(Wire.Write<Job>());

        // However it ends, in order or because the worker is dead, the pool learns of it.
        pool.Tell(new JobPool.Joined(substream));
        _ = substream.Flow.Join(Flow.FromSinkAndSource(results, jobs)).Run(materializer)
            .PipeTo(pool, success: _ => new JobPool.Left(substream, "it has gone"), failure: e => new JobPool.Left(substream, e.Message));
    }
}
