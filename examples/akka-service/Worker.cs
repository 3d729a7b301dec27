using Akka.Routing;

namespace KillaBeez.Examples.AkkaService;

/// <summary>Does what one coordinator, known by its key, sends; asks again where that is gone.</summary>
internal static class Worker
{
    private const int AtOnce = 2;

    public static void Start(ActorSystem system, PeerId coordinator)
    {
        var streams = KillaBeezSwarm.Get(system).Streams;
        var counters = system.ActorOf(Props.Create<PrimeCounter>().WithRouter(new RoundRobinPool(AtOnce)), "counters");

        // Calls the coordinator, opens a substream to it, and does both again, after a while, whenever that has ended.
        var coordination = RestartFlow.WithBackoff(
            () => Wire.Write<JobResult>().Via(streams.Open(coordinator, Wire.Jobs)).Via(Wire.Read<Job>()),
            RestartSettings.Create(minBackoff: TimeSpan.FromSeconds(1), maxBackoff: TimeSpan.FromSeconds(10), randomFactor: 0.2));

        // No job is taken from the coordinator before one of these is done.
        var work = Flow.Create<Job>().SelectAsync(AtOnce, job => counters.Ask<JobResult>(job, Timeout.InfiniteTimeSpan));
        coordination.Join(work).Run(system.Materializer());
    }

    private sealed class PrimeCounter : ReceiveActor
    {
        public PrimeCounter() => Receive<Job>(job => Sender.Tell(new JobResult(job.Number, Enumerable.Range(job.From, job.To - job.From).Count(IsPrime))));

        private static bool IsPrime(int number)
        {
            for (var divisor = 2; divisor * divisor <= number; divisor++)
            {
                if (number % divisor == 0)
                {
                    return false;
                }
            }

            return number > 1;
        }
    }
}
