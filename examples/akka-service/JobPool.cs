using Akka.Event;
using KillaBeez.Streams;

namespace KillaBeez.Examples.AkkaService;

/// <summary>
/// Who does what. A job belongs to one worker at a time, and to the pool again when that worker is lost; its first result
/// counts. When all are done it says so, and the process ends. A worker is its substream: one that calls again is another.
/// </summary>
internal sealed class JobPool : ReceiveActor
{
    /// <summary>A worker is there.</summary>
    public sealed record Joined(IncomingSubstream Worker);

    /// <summary>A worker is there no more; what it was given and has not done goes to others.</summary>
    public sealed record Left(IncomingSubstream Worker, string Reason);

    /// <summary>A worker can take a job. Answered with it, as soon as there is one for it.</summary>
    public sealed record Take(IncomingSubstream Worker);

    /// <summary>A worker has done a job.</summary>
    public sealed record Done(IncomingSubstream Worker, JobResult Result);

    /// <summary>One that is under way while another is done. More would only wait at the worker, and be lost with it.</summary>
    private const int MostOfAWorker = 4;

    private readonly Queue<Job> _open;
    private readonly Dictionary<IncomingSubstream, Employee> _workers = [];
    private readonly HashSet<int> _done = [];
    private readonly int _count;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _primes;

    public JobPool(IEnumerable<Job> jobs)
    {
        _open = new Queue<Job>(jobs);
        _count = _open.Count;
        Receive<Joined>(m =>
        {
            _workers[m.Worker] = new Employee();
            _log.Info("Worker {Worker} has joined", m.Worker.Peer.Id);
        });
        Receive<Take>(m =>
        {
            if (_workers.TryGetValue(m.Worker, out var worker))
            {
                worker.Asker = Sender;
                Give();
            }
        });
        Receive<Done>(OnDone);
        Receive<Left>(OnLeft);
    }

    private void OnDone(Done message)
    {
        var (number, primes) = message.Result;
        if (_workers.TryGetValue(message.Worker, out var worker))
        {
            worker.Jobs.Remove(number);
        }

        // A worker that was thought lost may have been only slow.
        if (_done.Add(number))
        {
            _primes += primes;
            _log.Info("Job {Job} is done by {Worker}: {Primes} primes", number, message.Worker.Peer.Id, primes);
        }

        if (_done.Count == _count)
        {
            _log.Info("All {Count} jobs are done: {Primes} primes", _count, _primes);
            _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        }
        else
        {
            Give();
        }
    }

    private void OnLeft(Left message)
    {
        if (_workers.Remove(message.Worker, out var worker))
        {
            _log.Info("Worker {Worker} has left with {Jobs} jobs: {Reason}", message.Worker.Peer.Id, worker.Jobs.Count, message.Reason);
            worker.Asker?.Tell(new Status.Failure(new OperationCanceledException()));
            foreach (var job in worker.Jobs.Values.Where(job => !_done.Contains(job.Number)))
            {
                _open.Enqueue(job);
            }

            Give();
        }
    }

    /// <summary>Gives jobs to those who ask for one and have few.</summary>
    private void Give()
    {
        foreach (var worker in _workers.Values.Where(worker => worker is { Asker: not null, Jobs.Count: < MostOfAWorker }))
        {
            if (_open.TryDequeue(out var job))
            {
                worker.Jobs.Add(job.Number, job);
                worker.Asker.Tell(job);
                worker.Asker = null;
            }
        }
    }

    private sealed class Employee
    {
        public Dictionary<int, Job> Jobs { get; } = [];

        /// <summary>Who waits for its next job.</summary>
        public IActorRef? Asker { get; set; }
    }
}
