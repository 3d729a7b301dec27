using KillaBeez.Actors.Links;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Sessions;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Peers;

/// <summary>The links to a peer: made when the calls want one, handed to the session, and gone when either says so.</summary>
internal sealed class PeerLinks(PeerScope scope)
{
    private readonly Dictionary<LinkId, Link> _links = [];
    private long _lastLink;

    public bool IsEmpty => _links.Count == 0;

    /// <summary>Makes a link that offers, or that answers the peer's offer, where the budget has a place for it.</summary>
    public void Start(Instant now, SignalCallId call, string? offer)
    {
        var origin = scope.Origin;
        if (!scope.Environment.PendingLinks.TryTake(origin))
        {
            scope.Calls.LinkClosed(now, call);
            return;
        }

        var id = new LinkId(++_lastLink);
        var (environment, remote) = (scope.Environment, scope.Remote);
        var actor = scope.Context.ActorOf(SwarmProps.Of(() => new LinkActor(environment, remote, id, call, offer)), $"link-{id.Value}");
        scope.Context.Watch(actor);
        _links.Add(id, new Link(actor, call, origin));
        scope.Context.Parent.Tell(new GuardianMessages.CallBegan(scope.Remote));
    }

    public void Described(Instant now, LinkMessages.Description message)
    {
        if (message.Role == LinkRole.Initiator)
        {
            scope.Calls.LocalOfferReady(now, message.Call, message.Text);
        }
        else
        {
            scope.Calls.LocalAnswerReady(now, message.Call, message.Text);
        }
    }

    public void Up(Instant now, LinkMessages.Up message)
    {
        if (!_links.TryGetValue(message.Id, out var link))
        {
            return;
        }

        link.Cipher = message.Cipher;
        link.Role = message.Role;
        SwarmLog.LinkUp(scope.Log, message.Id.Value, scope.Remote, message.Kind);
        if (message.Role == LinkRole.Initiator)
        {
            TrySendHello(now, message.Id, link);
        }
    }

    public void HelloReceived(Instant now, CipherMessages.Hello message)
    {
        if (!_links.TryGetValue(message.Id, out var link) || link.Cipher is null)
        {
            return;
        }

        if (link.Role == LinkRole.Initiator || TrySendHello(now, message.Id, link))
        {
            scope.Session.LinkOpened(now, message.Id, message.Bytes);
        }
    }

    /// <summary>The session has taken the link: it is authenticated.</summary>
    public void Attached(Instant now, LinkId id)
    {
        // The newest link is the one both sides have just proven to work; older ones go when they are silent.
        scope.Session.Use(now, id);
        if (_links.TryGetValue(id, out var link))
        {
            link.ReleasePlace(scope.Environment.PendingLinks);
            scope.Calls.LinkOpened(now, link.Call);
        }
    }

    public void Down(Instant now, LinkId id, string reason)
    {
        if (_links.Remove(id, out var link))
        {
            SwarmLog.LinkDown(scope.Log, id.Value, scope.Remote, reason);
            link.ReleasePlace(scope.Environment.PendingLinks);
            scope.Session.LinkClosed(now, id);
            scope.Calls.LinkClosed(now, link.Call);
        }
    }

    /// <summary>A link's actor says itself that it ends, unless it failed before it began.</summary>
    public bool TryEnd(Instant now, IActorRef actor)
    {
        foreach (var (id, link) in _links)
        {
            if (link.Actor.Equals(actor))
            {
                Down(now, id, "its actor failed");
                return true;
            }
        }

        return false;
    }

    public void Tell(SignalCallId call, IInternalMessage message)
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
    public void Drop(Instant now, SignalCallId call)
    {
        foreach (var (id, link) in _links)
        {
            if (link.Call == call)
            {
                scope.Session.Leave(now, id, LinkByeReason.Replaced);
                SendMessages(now);
                link.Actor.Tell(new LinkMessages.Close("another link took its place, or the call was given up"));
            }
        }
    }

    public void Close(LinkId id, string reason)
    {
        if (_links.TryGetValue(id, out var link))
        {
            link.Actor.Tell(new LinkMessages.Close(reason));
        }
    }

    /// <summary>Closes the links that are not up yet; the session closes the others.</summary>
    public void CloseAttempts(string reason)
    {
        foreach (var link in _links.Values)
        {
            if (link.Cipher is null)
            {
                link.Actor.Tell(new LinkMessages.Close(reason));
            }
        }
    }

    /// <summary>The actor ends: its links no longer count, whatever becomes of them.</summary>
    public void ReleasePlaces()
    {
        foreach (var link in _links.Values)
        {
            link.ReleasePlace(scope.Environment.PendingLinks);
        }
    }

    /// <summary>Moves messages from the session to the links' ciphers, all of one link together.</summary>
    public bool SendMessages(Instant now)
    {
        var any = false;
        var message = Scratch.Message;
        while (scope.Session.TryPollTransmit(now, message, out var written, out var id))
        {
            if (_links.TryGetValue(id, out var link) && link.Cipher is not null)
            {
                any = true;
                (link.Outgoing ??= new MessageBatch()).AddCopy(message.AsSpan(0, written));
            }
        }

        if (any)
        {
            foreach (var link in _links.Values)
            {
                if (link.Outgoing is { } batch)
                {
                    link.Outgoing = null;
                    link.Cipher!.Tell(new CipherMessages.Send(batch));
                }
            }
        }

        return any;
    }

    /// <summary>
    /// The ephemeral key of this side is drawn now, so its Hello is fixed now (session.md, R3). False where the
    /// session does not want the link.
    /// </summary>
    private bool TrySendHello(Instant now, LinkId id, Link link)
    {
        var hello = scope.Session.LinkStarting(now, id, link.Role);
        if (hello.Length == 0)
        {
            link.Actor.Tell(new LinkMessages.Close("the session refused the link"));
            return false;
        }

        link.Cipher!.Tell(new CipherMessages.SendHello(hello));
        return true;
    }

    /// <summary>What is known of one of the links.</summary>
    private sealed class Link(IActorRef actor, SignalCallId call, AdmissionOrigin origin)
    {
        private bool _holdsPlace = true;

        public IActorRef Actor { get; } = actor;

        public SignalCallId Call { get; } = call;

        public IActorRef? Cipher { get; set; }

        public LinkRole Role { get; set; }

        /// <summary>Messages that this turn sends on the link.</summary>
        public MessageBatch? Outgoing { get; set; }

        /// <summary>The link is authenticated or over: it no longer counts as pending.</summary>
        public void ReleasePlace(LinkBudget budget)
        {
            if (_holdsPlace)
            {
                _holdsPlace = false;
                budget.Release(origin);
            }
        }
    }
}
