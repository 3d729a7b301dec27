using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Sessions;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Links;

/// <summary>
/// One link to a peer, from the offer or answer to its end: owns the transport's attempt and the link that
/// comes of it, and supervises the link's cipher. It never reconnects: when it ends, the peer's actor calls anew.
/// </summary>
internal sealed class LinkActor : UntypedActor
{
    private sealed record Description(string Text) : ILateMessage;

    private sealed record CandidateFound(string Candidate) : ILateMessage;

    private sealed record Opened(IMessageLink Link, byte[] Prologue) : ILateMessage;

    private sealed record Ended(string Reason) : ILateMessage;

    private readonly SwarmEnvironment _environment;
    private readonly PeerId _remote;
    private readonly LinkId _id;
    private readonly SignalCallId _call;
    private readonly string? _offer;
    private readonly IActorRef _peer;

    private ILinkAttempt? _attempt;
    private IMessageLink? _link;
    private IActorRef? _cipher;
    private string _reason = "the link's actor stopped";
    private KillaBeezError? _failure;

    public LinkActor(SwarmEnvironment environment, PeerId remote, LinkId id, SignalCallId call, string? offer)
    {
        _environment = environment;
        _remote = remote;
        _id = id;
        _call = call;
        _offer = offer;
        _peer = Context.Parent;
    }

    /// <summary>Who offered initiates the cipher's handshake.</summary>
    private LinkRole Role => _offer is null ? LinkRole.Initiator : LinkRole.Responder;

    /// <summary>A cipher that throws ends its link.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(null, null, _ => Directive.Escalate);

    protected override void PreStart()
    {
        var observer = new AttemptObserver(Self);
        _attempt = _offer is null ? _environment.Transport.Offer(observer) : _environment.Transport.Answer(_offer, observer);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Description m: _peer.Tell(new LinkMessages.Description(_call, m.Text, Role)); break;
            case CandidateFound m: _peer.Tell(new LinkMessages.Candidate(_call, m.Candidate)); break;
            case LinkMessages.AcceptAnswer m: _attempt?.AcceptAnswer(m.Answer); break;
            case LinkMessages.AddCandidate m: _attempt?.AddCandidate(m.Candidate); break;
            case Opened m: OnOpened(m); break;
            case Ended m: End(KillaBeezError.LinkFailed, m.Reason); break;
            case CipherMessages.Failed m: End(KillaBeezError.AuthenticationFailed, $"cipher: {m.Reason}"); break;
            case LinkMessages.Close m: OnClose(m); break;
            case CipherMessages.Finished: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    protected override void PostStop()
    {
        _link?.Close();
        _attempt?.Close();
        _peer.Tell(new LinkMessages.Down(_id, _call, _failure, _reason));
    }

    private void OnOpened(Opened opened)
    {
        _link = opened.Link;
        var handshake = Role == LinkRole.Initiator
            ? CipherHandshake.Initiator(_environment.Identity, _remote, opened.Prologue, _environment.Random)
            : CipherHandshake.Responder(_environment.Identity, _remote, opened.Prologue, _environment.Random);
        var (id, role, link, peer) = (_id, Role, _link, _peer);
        var cipher = Context.ActorOf(SwarmProps.Of(() => new CipherSessionActor(id, role, handshake, link, peer)), "cipher");
        _cipher = cipher;
        _peer.Tell(new LinkMessages.Up(_id, _call, role, cipher, link.Kind));
        link.Attach(new LinkSink(Self, cipher));
    }

    /// <summary>What the peer's actor gave to the cipher before this message still goes out.</summary>
    private void OnClose(LinkMessages.Close message)
    {
        _reason = message.Reason;
        if (_cipher is null)
        {
            Context.Stop(Self);
        }
        else
        {
            _cipher.Tell(CipherMessages.Finish.Instance);
        }
    }

    private void End(KillaBeezError failure, string reason)
    {
        _failure = failure;
        _reason = reason;
        Context.Stop(Self);
    }

    private sealed class AttemptObserver(IActorRef actor) : ILinkAttemptObserver
    {
        public void OnDescription(string description) => actor.Tell(new Description(description), ActorRefs.NoSender);

        public void OnCandidate(string candidate) => actor.Tell(new CandidateFound(candidate), ActorRefs.NoSender);

        public void OnOpened(IMessageLink link, byte[] prologue) => actor.Tell(new Opened(link, prologue), ActorRefs.NoSender);

        public void OnFailed(string reason) => actor.Tell(new Ended(reason), ActorRefs.NoSender);
    }

    private sealed class LinkSink(IActorRef actor, IActorRef cipher) : IMessageLinkSink
    {
        public void OnMessages(MessageBatch batch) => cipher.Tell(new CipherMessages.Received(batch), ActorRefs.NoSender);

        public void OnWritable() => cipher.Tell(CipherMessages.Writable.Instance, ActorRefs.NoSender);

        public void OnClosed(string reason) => actor.Tell(new Ended(reason), ActorRefs.NoSender);
    }
}
