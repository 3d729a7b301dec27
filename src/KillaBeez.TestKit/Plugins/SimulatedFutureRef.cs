using Akka.Dispatch;
using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Plugins;

/// <summary>
/// What an Ask is answered to. An answer arrives in a step of its own, with no synchronization context and no task
/// scheduler, and the task goes on there: so what awaits it or pipes it stays inside. The time limit is virtual.
/// </summary>
internal sealed class SimulatedFutureRef<T> : FutureActorRef<T>
{
    /// <summary>What a materializer asks its supervisor for when that has not started, before it blocks until it is answered.</summary>
    private const string BlockingQuestion = "Akka.Streams.Implementation.StreamSupervisor+Materialize";

    private readonly TaskCompletionSource<T> _result;
    private readonly SimulationKernel _kernel;
    private readonly SimulatedMailbox _mailbox;
    private readonly Queue<(object Message, IActorRef Sender)> _answers = new();

    public SimulatedFutureRef(TaskCompletionSource<T> result, ActorPath path, IActorRefProvider provider, SimulationKernel kernel)
        : base(result, path, provider)
    {
        AskInternals.Inline(result.Task);
        _result = result;
        _kernel = kernel;
        _mailbox = new SimulatedMailbox(MailboxTable.HashOf(path), path);
    }

    public override void DeliverAsk(object message, ICanTell destination)
    {
        if (message?.GetType().FullName == BlockingQuestion)
        {
            throw new InvalidOperationException(
                "A materializer whose supervisor has not started would block the simulation for ever. Make it in an actor, by Context.Materializer(), or call Simulation.RunReady() before the first stream runs.");
        }

        if (AskInternals.FindLimit(_result.Task) is var (source, limit))
        {
            source.CancelAfter(Timeout.InfiniteTimeSpan);
            var timer = new SimulationCancelable(_kernel);
            _kernel.Add(SimulationTimer.Run(source.Cancel, timer), limit);
            _ = _result.Task.ContinueWith(static (_, t) => ((SimulationCancelable)t!).Cancel(), timer, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        base.DeliverAsk(message, destination);
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        lock (_answers)
        {
            _answers.Enqueue((message, sender));
        }

        _kernel.Answer(_mailbox, message, new ActionRunnable(Arrive));
    }

    private void Arrive()
    {
        (object Message, IActorRef Sender) answer;
        lock (_answers)
        {
            answer = _answers.Dequeue();
        }

        base.TellInternal(answer.Message, answer.Sender);
    }
}
