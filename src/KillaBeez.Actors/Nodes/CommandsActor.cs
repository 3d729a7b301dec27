using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// Carries out what actors of the application tell the node (KillaBeez.Messages), with the same means as those who hold
/// a <see cref="SwarmNode"/>. Whoever is to be told later is watched.
/// </summary>
/// <remarks>
/// Who subscribes, listens or waits has no other memory than this actor's, so it outlives a restart in the tables that the
/// actor is made with; what is watched stays watched.
/// </remarks>
internal sealed class CommandsActor : ReceiveActor
{
    /// <summary>A substream came about for somebody who may have ended meanwhile.</summary>
    private sealed record Opened(IActorRef Opener, OpenSubstream Command, Substream Substream) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record OpenFailed(IActorRef Opener, OpenSubstream Command, object Answer) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>Longer than any call takes, whatever the node's call-timeout is, and short enough for every scheduler.</summary>
    private static readonly TimeSpan _longestTimeout = TimeSpan.FromHours(1);

    private readonly SwarmNode _node;
    private readonly CommandSubscriptions _subscriptions;
    private readonly CommandListeners _listeners;
    private readonly CommandAnswerer _answerer;
    private readonly Dictionary<IActorRef, Opener> _openers;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public CommandsActor(SwarmNode node, Tables tables)
    {
        _node = node;
        _subscriptions = tables.Subscriptions ??= new CommandSubscriptions(node.EventHub, node.Id);
        _listeners = tables.Listeners ??= new CommandListeners(node.EventHub.Listeners, node.Options, Self, Context.System.Scheduler);
        _answerer = tables.Answerer ??= new CommandAnswerer(node.CallJudge, Self, node.RunsInline);
        _openers = tables.Openers;

        Receive<Call>(OnCall);
        Receive<GetPeers>(_ => Sender.Tell(new ConnectedPeers([.. node.Peers.OrderBy(peer => peer.Id)])));
        Receive<OpenSubstream>(OnOpenSubstream, HasSender);
        Receive<Opened>(OnOpened);
        Receive<OpenFailed>(m =>
        {
            if (Forget(m.Opener, m.Command))
            {
                m.Opener.Tell(m.Answer);
            }
        });
        Receive<Listen>(
            m =>
            {
                Sender.Tell(_listeners.Listen(Sender, m));
                Context.Watch(Sender);
            },
            HasSender);
        Receive<StopListening>(m => _listeners.Stop(Sender, m.Type));
        Receive<CommandListeners.Offered>(_listeners.OnOffered);
        Receive<CommandListeners.Answered>(CommandListeners.OnAnswered);
        Receive<CommandListeners.TimeIsOver>(CommandListeners.OnTimeIsOver);
        Receive<AnswerCalls>(
            m =>
            {
                Sender.Tell(_answerer.Begin(Sender, m));
                Context.Watch(Sender);
            },
            HasSender);
        Receive<StopAnsweringCalls>(_ => _answerer.Stop(Sender));
        Receive<Subscribe>(m =>
        {
            _subscriptions.Add(m.Subscriber);
            Context.Watch(m.Subscriber);
        });
        Receive<Unsubscribe>(m => _subscriptions.Remove(m.Subscriber));
        Receive<Terminated>(m => OnTerminated(m.ActorRef));

        // What is left by now would hold something for nobody.
        Receive<SwarmCommand>(m => SwarmLog.CommandWithoutSender(_log, m));
    }

    /// <summary>Nothing is given up: whoever waits goes on waiting at the restarted actor.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostStop()
    {
        _subscriptions.Clear();
        _listeners.Clear();
        _answerer.Clear();

        // What was asked of this actor's tasks arrives nowhere from here on.
        foreach (var (actor, opener) in _openers)
        {
            opener.Pending.ForEach(command => actor.Tell(command.Failure(KillaBeezError.Closed, "The node ended while the substream was being opened.")));
            opener.Cancel();
        }

        _openers.Clear();
    }

    private bool HasSender(SwarmCommand command) => !Sender.IsNobody() && !Sender.Equals(Context.System.DeadLetters);

    private void OnCall(Call message)
    {
        if (message.Target == _node.Id)
        {
            Sender.Tell(new CallFailed(message.Target, KillaBeezError.InvalidKey, "A node cannot call itself."));
            return;
        }

        // The limit is the scheduler's, so that it is virtual in a simulation.
        var limit = message.Timeout is { } timeout && timeout != Timeout.InfiniteTimeSpan && timeout <= _longestTimeout ? Cancellation(timeout) : null;
        _ = CallAsync(message.Target, limit?.Token ?? CancellationToken.None).PipeTo(
            Sender,
            Self,
            success: peer =>
            {
                limit?.Dispose();
                return new CallSucceeded(peer);
            },
            failure: e =>
            {
                limit?.Dispose();
                return Failure(message, e, "nobody answered in the time that the caller wanted to wait");
            });
    }

    private void OnOpenSubstream(OpenSubstream message)
    {
        var opener = Sender;
        if (!SubstreamTypes.IsApplicationType(message.Type, message.Metadata, out var problem))
        {
            opener.Tell(new SubstreamRefused(message.To, message.Type, KillaBeezError.SubstreamRefused, problem));
            return;
        }

        if (message.To == _node.Id)
        {
            opener.Tell(new SubstreamRefused(message.To, message.Type, KillaBeezError.InvalidKey, "A node cannot open a substream to itself."));
            return;
        }

        if (!_openers.TryGetValue(opener, out var known))
        {
            _openers.Add(opener, known = new Opener());
            Context.Watch(opener);
        }

        known.Pending.Add(message);
        _ = OpenAsync(message, known.Token).PipeTo(
            Self,
            Self,
            success: substream => new Opened(opener, message, substream),
            failure: e => new OpenFailed(opener, message, Failure(message, e, "the opener gave up")));
    }

    /// <summary>What a stopped node throws is the call's failure, and not this actor's.</summary>
    private async Task<Peer> CallAsync(PeerId target, CancellationToken cancellationToken) =>
        await _node.CallAsync(target, cancellationToken).ConfigureAwait(false);

    private async Task<Substream> OpenAsync(OpenSubstream message, CancellationToken cancellationToken)
    {
        var peer = await _node.CallAsync(message.To, cancellationToken).ConfigureAwait(false);
        return await peer.OpenAsync(message.Type, message.Metadata, cancellationToken).ConfigureAwait(false);
    }

    private void OnOpened(Opened message)
    {
        if (Forget(message.Opener, message.Command))
        {
            message.Opener.Tell(new SubstreamOpened(message.Substream));
        }
        else
        {
            message.Substream.Reset(SubstreamRefusals.Abandoned);
        }
    }

    /// <summary>One opening of somebody's is over; false where that one has ended.</summary>
    private bool Forget(IActorRef opener, OpenSubstream command)
    {
        if (!_openers.TryGetValue(opener, out var known))
        {
            return false;
        }

        known.Pending.Remove(command);
        if (known.Pending.Count == 0)
        {
            _openers.Remove(opener);
            known.Dispose();
        }

        return true;
    }

    private void OnTerminated(IActorRef actor)
    {
        _subscriptions.Remove(actor);
        _listeners.Remove(actor);
        _answerer.Stop(actor);
        if (_openers.Remove(actor, out var opener))
        {
            opener.Cancel();
        }
    }

    private static CancellationTokenSource Cancellation(TimeSpan timeout)
    {
        var source = new CancellationTokenSource();
        Context.System.Scheduler.Advanced.ScheduleOnce(timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout, () =>
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The call had its answer before.
            }
        });
        return source;
    }

    private static object Failure(SwarmCommand command, Exception e, string whenCancelled) => e switch
    {
        KillaBeezException known => command.Failure(known.Error, known.Message)!,
        OperationCanceledException => command.Failure(KillaBeezError.CallTimeout, whenCancelled)!,
        ObjectDisposedException => command.Failure(KillaBeezError.Closed, "The node was stopped.")!,
        AggregateException { InnerException: { } inner } => Failure(command, inner, whenCancelled),
        _ => command.Failure(KillaBeezError.Closed, e.Message)!,
    };

    /// <summary>What outlives a restart. One owner: the actor that is made with it.</summary>
    internal sealed class Tables
    {
        public CommandSubscriptions? Subscriptions { get; set; }

        public CommandListeners? Listeners { get; set; }

        public CommandAnswerer? Answerer { get; set; }

        public Dictionary<IActorRef, Opener> Openers { get; } = [];
    }

    /// <summary>Somebody who waits for substreams that are being opened.</summary>
    internal sealed class Opener : IDisposable
    {
        private readonly CancellationTokenSource _cancellation = new();

        /// <summary>What has no answer yet.</summary>
        public List<OpenSubstream> Pending { get; } = [];

        public CancellationToken Token => _cancellation.Token;

        /// <summary>Nobody waits any more: what is accepted later is reset.</summary>
        public void Cancel()
        {
            _cancellation.Cancel();
            _cancellation.Dispose();
        }

        public void Dispose() => _cancellation.Dispose();
    }
}
