using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Peers;

/// <content>
/// Who may cost this node something. It is decided here, where signals arrive, and at once: an offer and its candidates
/// stay in order, whatever the decision needs was told before.
/// </content>
internal sealed partial class PeersActor
{
    /// <summary>To itself: the application has answered, or has had its time.</summary>
    private sealed record Answered(PeerId Key, Question Question, CallAdmission Admission) : ILateMessage;

    private readonly Dictionary<PeerId, Question> _questions = [];

    /// <summary>The engine, which knows whether the application wants to be asked just now.</summary>
    private AdmissionEngine Judged()
    {
        _admission.AsksApplication = _judge.IsAsked;
        return _admission;
    }

    private void ReceiveAdmission()
    {
        Receive<Answered>(OnAnswered);
        Receive<PeersMessages.SignalArrived>(OnSignalArrived);
        Receive<PeersMessages.Informed>(OnInformed);
        Receive<GossipMessages.KeysChanged>(OnKeysChanged);
        Receive<GuardianMessages.PeerUp>(m =>
        {
            _admission.PeerUp(m.Peer.Id);
            NoteStanding(m.Peer.Id);
            Context.Parent.Forward(m);
        });
        Receive<GuardianMessages.PeerDown>(m =>
        {
            _admission.PeerDown(m.Peer.Id);
            NoteStanding(m.Peer.Id);
            Context.Parent.Forward(m);
        });
    }

    private void NoteStanding(PeerId remote)
    {
        if (_entries.TryGetValue(remote, out var entry) && !entry.IsStopping)
        {
            Stand(remote, entry);
        }
    }

    private void OnSignalArrived(PeersMessages.SignalArrived message)
    {
        var (from, content, _) = message;
        _entries.TryGetValue(from, out var entry);
        if (_questions.TryGetValue(from, out var question))
        {
            question.Wait(message);
        }
        else if (entry is { IsStopping: true })
        {
            if (!entry.Keep(message))
            {
                SwarmLog.SignalNotTaken(_log, from, "too much waits for the peer's former state to end");
            }
        }
        else if (content.Kind is SignalKind.Offer or SignalKind.Inform)
        {
            Admit(message, entry);
        }
        else if (entry is not null)
        {
            if (content.Kind == SignalKind.Goodbye && CallRefusal.TryParse(content.Body, out var refusal))
            {
                Follow(from, refusal);
            }

            Pass(message, entry);
        }
    }

    private void Admit(PeersMessages.SignalArrived message, Entry? entry)
    {
        var (from, content, via) = (message.From, message.Content, message.Carrier);
        if (entry is null && _isShuttingDown)
        {
            return;
        }

        if (entry is null && ProblemOf(from) is var (_, problem))
        {
            SwarmLog.SignalNotTaken(_log, from, problem);
            return;
        }

        var isByApplication = content.Kind == SignalKind.Offer && OfferMark.IsOn(content.Body);
        var decision = Judged().Offer(Now, new AdmissionOffer(from, via, isByApplication));
        switch (decision.Verdict)
        {
            case AdmissionVerdict.Accept:
                entry ??= Create(from);
                Stand(from, entry);
                Pass(message, entry);
                break;
            case AdmissionVerdict.Refuse:
                SwarmLog.SignalNotTaken(_log, from, decision.Reason);
                TellRefused(message, decision);
                break;
            case AdmissionVerdict.Ask:
                Ask(from, via, isByApplication, message);
                break;
            default:
                SwarmLog.SignalNotTaken(_log, from, decision.Reason);
                break;
        }
    }

    /// <summary>The caller is told, so that it does not call again and again, and whom it may call instead.</summary>
    private static void TellRefused(PeersMessages.SignalArrived message, AdmissionDecision decision)
    {
        if (message.Content.Kind == SignalKind.Offer)
        {
            var refusal = new CallRefusal(decision.Code == AdmissionRefusal.Application ? decision.ApplicationCode : null, decision.Redirect);
            var goodbye = new SignalContent { Kind = SignalKind.Goodbye, Call = message.Content.Call, Body = refusal.ToBody() };
            Context.Parent.Tell(new GuardianMessages.SendSignal(message.From, goodbye, message.Way, IsAwaited: false));
        }
    }

    private static void Pass(PeersMessages.SignalArrived message, Entry entry) =>
        entry.Deliver(new PeerMessages.SignalReceived(message.Content, message.Way));

    private void OnInformed(PeersMessages.Informed message)
    {
        var (about, by) = message;
        _entries.TryGetValue(about, out var entry);
        if (entry is { IsStopping: true })
        {
            entry.Keep(message);
            return;
        }

        if (_isShuttingDown)
        {
            return;
        }

        if (entry is null && ProblemOf(about) is var (_, problem))
        {
            SwarmLog.SignalNotTaken(_log, about, problem);
            return;
        }

        var decision = Judged().Inform(Now, about, by);
        if (decision.Verdict == AdmissionVerdict.Accept)
        {
            entry ??= Create(about);
            Stand(about, entry);
            entry.Deliver(new PeerMessages.Connect(Reply: null, by));
        }
        else if (decision.Verdict == AdmissionVerdict.Ask)
        {
            Ask(about, by, isByApplication: false, new PeersMessages.ToPeer(about, new PeerMessages.Connect(Reply: null, by), Create: true));
        }
        else
        {
            SwarmLog.SignalNotTaken(_log, about, decision.Reason);
        }
    }

    /// <summary>Asks the application about a key; what comes of it, and what is wanted of it, waits in order.</summary>
    private void Ask(PeerId key, PeerId? via, bool isByApplication, IInternalMessage message)
    {
        if (!_questions.TryGetValue(key, out var question))
        {
            _questions.Add(key, question = new Question());
            var (self, asked) = (Self, question);
            question.TimeLimit = Context.System.Scheduler.ScheduleTellOnceCancelable(
                AdmissionLimits.QuestionTimeout, self, new Answered(key, asked, CallAdmission.Refuse()), ActorRefs.NoSender);
            question.Wait(message);
            _judge.Ask(
                new IncomingCall(key, via, isByApplication),
                admission => self.Tell(new Answered(key, asked, admission), ActorRefs.NoSender),
                question.Cancellation);
        }
        else
        {
            question.Wait(message);
        }
    }

    private void OnAnswered(Answered message)
    {
        var (key, question, admission) = message;
        if (!_questions.TryGetValue(key, out var present) || present != question)
        {
            return;
        }

        var decision = _admission.Answer(Now, key, admission.IsAccepted, admission.Code);
        if (decision is { Verdict: AdmissionVerdict.Accept })
        {
            Stand(key, Create(key));
            HandleWaiting(key);
            return;
        }

        _questions.Remove(key);
        question.Dispose();
        SwarmLog.SignalNotTaken(_log, key, decision?.Reason ?? "it is not asked about any more");
        foreach (var waiting in question.Waiting)
        {
            if (decision is not null && waiting is PeersMessages.SignalArrived signal)
            {
                TellRefused(signal, decision);
            }
        }
    }

    private void ForgetQuestions()
    {
        foreach (var question in _questions.Values)
        {
            question.Dispose();
        }

        _questions.Clear();
    }

    /// <summary>A key has its place: what waited for that is handled, before anything that comes later.</summary>
    private void HandleWaiting(PeerId key)
    {
        if (_questions.Remove(key, out var question))
        {
            question.Dispose();
            foreach (var waiting in question.Waiting)
            {
                HandleKept(waiting);
            }
        }
    }

    /// <summary>Somebody refuses a call of this node's and names others: they are called instead, for the mesh.</summary>
    private void Follow(PeerId by, CallRefusal refusal)
    {
        if (_isShuttingDown)
        {
            return;
        }

        foreach (var (key, verdict) in Judged().Redirected(by, [.. refusal.Others.Where(key => ProblemOf(key) is null)]))
        {
            var connect = new PeersMessages.ToPeer(key, new PeerMessages.Connect(Reply: null, Via: null), Create: true);
            if (verdict == AdmissionVerdict.Ask)
            {
                Ask(key, via: null, isByApplication: false, connect);
            }
            else
            {
                Stand(key, Create(key));
                HandleKept(connect);
            }
        }
    }

    private void OnKeysChanged(GossipMessages.KeysChanged message)
    {
        foreach (var change in message.Changes)
        {
            if (change.IsKnown)
            {
                _admission.Learned(change.Key, change.HasRoom);
            }
            else
            {
                _admission.Forgotten(change.Key);
            }
        }
    }

    /// <summary>
    /// Nothing is under way with a peer. Who never had a session leaves nothing worth keeping: whoever comes with ever new
    /// keys and gets no further costs its place no longer than that takes.
    /// </summary>
    private void OnQuiet(IActorRef actor)
    {
        if (_keys.TryGetValue(actor, out var remote) && _admission.Quiet(remote))
        {
            OnIdle(actor);
        }
    }

    /// <summary>One key that the application is asked about.</summary>
    private sealed class Question : IDisposable
    {
        private readonly CancellationTokenSource _cancellation = new();
        private readonly List<IInternalMessage> _waiting = [];

        public CancellationToken Cancellation => _cancellation.Token;

        public IReadOnlyList<IInternalMessage> Waiting => _waiting;

        public ICancelable? TimeLimit { get; set; }

        /// <summary>Puts away what comes meanwhile; what is too much is lost, as signals may be.</summary>
        public void Wait(IInternalMessage message)
        {
            if (_waiting.Count < AdmissionLimits.WaitingPerQuestion)
            {
                _waiting.Add(message);
            }
        }

        /// <summary>Nobody waits for the answer any more.</summary>
        public void Dispose()
        {
            TimeLimit?.Cancel();
            _cancellation.Cancel();
            _cancellation.Dispose();
        }
    }
}
