using KillaBeez.Actors.Links;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Sessions;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Peers;

/// <content>Calls and the links that come of them.</content>
internal sealed partial class PeerActor
{
    private readonly Dictionary<LinkId, Link> _links = [];
    private long _lastLink;

    /// <summary>Why the last link of the call that is under way failed: who called wants to know more than that it took too long.</summary>
    private (KillaBeezError Error, string Reason)? _linkProblem;

    private void HandleLinkMessages()
    {
        Handle<LinkMessages.Description>(OnLinkDescription);
        Handle<LinkMessages.Candidate>((now, m) => _calls.LocalCandidate(now, m.Call, m.Text));
        Handle<LinkMessages.Up>(OnLinkUp);
        Handle<CipherMessages.Hello>(OnLinkHello);
        Handle<CipherMessages.Opened>(OnLinkMessages);
        Handle<CipherMessages.Took>((now, m) => _session.LinkTook(now, m.Id, m.Bytes));
        Handle<LinkMessages.Down>((now, m) =>
        {
            _linkProblem = m.Failure is { } failure ? (failure, m.Reason.TrimEnd('.')) : _linkProblem;
            OnLinkDown(now, m.Id);
        });
    }

    private void OnSignal(Instant now, PeerMessages.SignalReceived message)
    {
        // Answers go the way the question came.
        _via = message.Via;
        if (message.Content is { Kind: SignalKind.Goodbye, Body: CallEngine.ClosedReason })
        {
            // The other side has seen the failure first. What this side has seen itself says more.
            _linkProblem ??= (KillaBeezError.LinkFailed, "the other side could not open a link to this node and gave it up");
        }

        _calls.HandleSignal(now, message.Content);
    }

    private void OnLinkDescription(Instant now, LinkMessages.Description message)
    {
        if (message.Role == LinkRole.Initiator)
        {
            _calls.LocalOfferReady(now, message.Call, message.Text);
        }
        else
        {
            _calls.LocalAnswerReady(now, message.Call, message.Text);
        }
    }

    private void OnLinkUp(Instant now, LinkMessages.Up message)
    {
        if (!_links.TryGetValue(message.Id, out var link))
        {
            return;
        }

        link.Cipher = message.Cipher;
        link.Role = message.Role;
        if (message.Role == LinkRole.Initiator)
        {
            TrySendHello(now, message.Id, link);
        }
    }

    /// <summary>
    /// The ephemeral key of this side is drawn now, so its Hello is fixed now (session.md, R3). False where the
    /// session does not want the link.
    /// </summary>
    private bool TrySendHello(Instant now, LinkId id, Link link)
    {
        var hello = _session.LinkStarting(now, id, link.Role);
        if (hello.Length == 0)
        {
            link.Actor.Tell(new LinkMessages.Close("the session refused the link"));
            return false;
        }

        link.Cipher!.Tell(new CipherMessages.SendHello(hello));
        return true;
    }

    private void OnLinkHello(Instant now, CipherMessages.Hello message)
    {
        if (!_links.TryGetValue(message.Id, out var link) || link.Cipher is null)
        {
            return;
        }

        if (link.Role == LinkRole.Initiator || TrySendHello(now, message.Id, link))
        {
            _session.LinkOpened(now, message.Id, message.Bytes);
        }
    }

    private void OnLinkMessages(Instant now, CipherMessages.Opened message)
    {
        using var plaintexts = message.Plaintexts;
        for (var i = 0; i < plaintexts.Count; i++)
        {
            _session.MessageReceived(now, message.Id, plaintexts[i]);

            // Frames are delivered as they come, so that at most one message's worth waits in the engines.
            TurnSession(now);
        }

        message.Link.ReleaseReceived(message.ReceivedBytes);
    }

    /// <summary>A link's actor says itself that it ends, unless it failed before it began.</summary>
    private bool TryEndLink(Instant now, IActorRef actor)
    {
        foreach (var (id, link) in _links)
        {
            if (link.Actor.Equals(actor))
            {
                OnLinkDown(now, id);
                return true;
            }
        }

        return false;
    }

    private void OnLinkDown(Instant now, LinkId id)
    {
        if (_links.Remove(id, out var link))
        {
            link.ReleasePlace(_environment.PendingLinks);
            _session.LinkClosed(now, id);
            _calls.LinkClosed(now, link.Call);
        }
    }

    private bool TurnCalls(Instant now)
    {
        var turned = false;
        while (_calls.TryPollEvent(out var e))
        {
            turned = true;
            switch (e.Kind)
            {
                case CallEventKind.StartOffering: StartLink(now, e.Call, offer: null); break;
                case CallEventKind.StartAnswering: StartLink(now, e.Call, e.Body); break;
                case CallEventKind.ApplyAnswer: TellLink(e.Call, new LinkMessages.AcceptAnswer(e.Body)); break;
                case CallEventKind.ApplyCandidate: TellLink(e.Call, new LinkMessages.AddCandidate(e.Body)); break;
                case CallEventKind.DropAttempt or CallEventKind.Disconnected: DropLink(now, e.Call); break;
                case CallEventKind.SendSignal: Context.Parent.Tell(new GuardianMessages.SendSignal(_remote, e.Signal!, _via)); break;
                case CallEventKind.Failed: OnCallFailed(e.Failure); break;
                default: break;
            }
        }

        return turned;
    }

    private void StartLink(Instant now, SignalCallId call, string? offer)
    {
        if (!_environment.PendingLinks.TryTake())
        {
            _calls.LinkClosed(now, call);
            return;
        }

        var id = new LinkId(++_lastLink);
        var (environment, remote) = (_environment, _remote);
        var actor = Context.ActorOf(Props.Create(() => new LinkActor(environment, remote, id, call, offer)), $"link-{id.Value}");
        Context.Watch(actor);
        _links.Add(id, new Link(actor, call));
        Context.Parent.Tell(new GuardianMessages.CallBegan(_remote));
    }

    private void TellLink(SignalCallId call, object message)
    {
        foreach (var link in _links.Values)
        {
            if (link.Call == call)
            {
                link.Actor.Tell(message);
            }
        }
    }

    /// <summary>Another link has taken this one's place, or nobody wants it: the peer is told on it, then it is closed.</summary>
    private void DropLink(Instant now, SignalCallId call)
    {
        foreach (var (id, link) in _links)
        {
            if (link.Call == call)
            {
                _session.Leave(now, id, LinkByeReason.Replaced);
                SendMessages(now);
                link.Actor.Tell(new LinkMessages.Close("another link took its place, or the call was given up"));
            }
        }
    }

    private void OnCallFailed(CallFailure failure)
    {
        var (error, text) = failure switch
        {
            CallFailure.PeerUnknown => (KillaBeezError.PeerUnknown, $"Nobody knows {_remote}: it is not subscribed at any exchange of ours, nor connected to a peer of ours."),
            CallFailure.NoRoute => (KillaBeezError.ExchangeUnreachable, $"Nobody could carry a call to {_remote}"),
            CallFailure.Refused => (KillaBeezError.CallRefused, $"{_remote.ToShortString()} refused the call."),
            _ when _signalProblem is not null => (KillaBeezError.ExchangeUnreachable, $"The call to {_remote} could not be sent"),
            _ when _linkProblem is { } problem => (problem.Error, $"No connection to {_remote} came about: {problem.Reason}."),
            _ => (KillaBeezError.CallTimeout, $"{_remote.ToShortString()} was called but no connection came about in time."),
        };
        FailWaiters(error, error == KillaBeezError.ExchangeUnreachable ? $"{text}: {_signalProblem ?? "there is no exchange and no connected peer"}." : text);
        Context.Parent.Tell(new GuardianMessages.CallFailed(_remote));
        if (_peer is not null)
        {
            // The session still waits for a link: go on calling until its window is over, with growing pauses.
            var pause = Math.Min(_firstRedialPause.TotalSeconds * Math.Pow(2, _redials), _longestRedialPause.TotalSeconds);
            _redials = Math.Min(_redials + 1, 16);
            Timers.StartSingleTimer(nameof(Redial), Redial.Instance, TimeSpan.FromSeconds(pause * (0.5 + _environment.Random.NextDouble())));
        }
    }

    private static readonly TimeSpan _firstRedialPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longestRedialPause = TimeSpan.FromSeconds(20);

    /// <summary>Calls that failed since the session last had a link.</summary>
    private int _redials;

    /// <summary>What is known of one of the links.</summary>
    private sealed class Link(IActorRef actor, SignalCallId call)
    {
        public IActorRef Actor { get; } = actor;

        public SignalCallId Call { get; } = call;

        public IActorRef? Cipher { get; set; }

        public LinkRole Role { get; set; }

        private bool _holdsPlace = true;

        /// <summary>The link is authenticated or over: it no longer counts as pending.</summary>
        public void ReleasePlace(LinkBudget budget)
        {
            if (_holdsPlace)
            {
                _holdsPlace = false;
                budget.Release();
            }
        }

        /// <summary>Messages that this turn sends on the link.</summary>
        public MessageBatch? Outgoing { get; set; }
    }
}
