namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// The session between this node and one peer, over links that come and go (docs/protocol/sessions.md). Pure:
/// its owner gives it time, randomness and what links bring, and takes out messages and events.
/// <code>
///          a link's Hellos name a new pair            last open link gone
///   None -----------------------------> Connected ------------------------> Waiting
///     ^                                     |     &lt;------------------------    |
///     |                                     |            a link opens          |
///     |          complete, END, violation,  |                                  | resume window over,
///     |          abort, another session     v                                  v or any of the left
///     +------- tombstone (41 bytes) ------ Ended &lt;------------------------------+
/// </code>
/// After every call: TryPollTransmit until false, then TryPollEvent until false. A CloseLink event follows the
/// last message of its link, so a link is closed after what was polled for it went out.
/// </summary>
internal sealed partial class SessionEngine : IDisposable
{
    private readonly SessionOptions _options;
    private readonly SessionRules _rules;
    private readonly IRandomSource _random;
    private readonly List<SessionLink> _links = [];
    private readonly Queue<Farewell> _farewells = new();
    private readonly Queue<SessionEvent> _events = new();

    private SessionTag _spare;
    private Session? _session;
    private EndedSession? _tombstone;
    private Instant _tombstoneUntil;

    /// <summary>Makes an engine without a session.</summary>
    /// <param name="options">Limits and times; validated here.</param>
    /// <param name="random">A cryptographic source in production: tags are drawn from it.</param>
    public SessionEngine(SessionOptions options, IRandomSource random)
    {
        options.Validate();
        _options = options;
        _rules = options.Rules;
        _random = random;
        _spare = SessionTag.Draw(random);
    }

    /// <summary>The session held now, or null.</summary>
    public SessionPair? Current => _session?.Pair;

    /// <summary>Whether a session is held and a link of it is open.</summary>
    public bool IsConnected => _session is { IsWaiting: false };

    /// <summary>What unacknowledged frames are charged, in bytes.</summary>
    public long BufferedBytes => _session?.Sender.ChargedBytes ?? 0;

    /// <summary>The link that frames go out on now.</summary>
    public LinkId? SendingLink => _session?.Sender.Link?.Id;

    internal Session? CurrentSession => _session;

    internal IReadOnlyList<SessionLink> Links => _links;

    internal EndedSession? Tombstone => _tombstone;

    internal int QueuedFarewells => _farewells.Count;

    /// <summary>
    /// A handshake begins: the initiator is about to write message 1, or the responder has read it and is about to
    /// write message 2. The result is the payload of that message, fixed here (R3). An empty result refuses the
    /// link: the owner closes it without an answer, and the engine does not know it.
    /// </summary>
    public byte[] LinkStarting(Instant now, LinkId link, LinkRole role)
    {
        if (Find(link) is not null)
        {
            throw new ArgumentException($"{link} was started before.", nameof(link));
        }

        if (!Admits(now, role))
        {
            return [];
        }

        if (!_rules.OneSpareForAllAttempts)
        {
            _spare = SessionTag.Draw(_random);
        }

        var hello = MakeHello(now);
        _links.Add(new SessionLink(link, role, hello, now));
        return hello.ToBytes();
    }

    /// <summary>
    /// A handshake is complete: the initiator has opened message 2, or the responder has sent it.
    /// <paramref name="peerHello"/> is the payload of the peer's message.
    /// </summary>
    public void LinkOpened(Instant now, LinkId link, ReadOnlySpan<byte> peerHello)
    {
        if (Find(link) is not { State: SessionLinkState.Dialed or SessionLinkState.Answering } opened)
        {
            return;
        }

        if (!SessionHello.TryParse(peerHello, out var hello, out var error))
        {
            RefuseHello(now, opened, error);
            return;
        }

        opened.PeerHello = hello;
        opened.ReceivedAt = now;
        if (opened.Role == LinkRole.Initiator)
        {
            if (!_rules.HelloIsFixedEarly)
            {
                opened.OwnHello = MakeHello(now);
            }

            Decide(now, opened);
        }
        else
        {
            // Message 1 may be a replay: nothing is changed before the first transport message proves it (R4).
            opened.State = SessionLinkState.Unproven;
            if (!_rules.ResponderWaitsForProof)
            {
                Decide(now, opened);
            }
        }
    }

    /// <summary>A transport message of a link was opened. Messages of links that the engine has left are dropped (R29).</summary>
    public void MessageReceived(Instant now, LinkId link, ReadOnlySpan<byte> plaintext)
    {
        if (Find(link) is not { State: SessionLinkState.Unproven or SessionLinkState.Open } source)
        {
            return;
        }

        source.ReceivedAt = now;
        if (source.State == SessionLinkState.Unproven)
        {
            if (BeginsWithBye(plaintext, out var reason))
            {
                // The first message proves message 1 fresh and the pair adopted (R3, R4). BYE proves that the
                // initiator did not adopt it: deciding now would spend the spare on a session that nobody holds.
                RaiseClose(source, LinkCloseReason.PeerLeft, reason);
                RemoveLink(now, source, isStale: reason == LinkByeReason.Stale);
                return;
            }

            Decide(now, source);
        }

        if (source.IsOpen && _links.Contains(source))
        {
            ReceiveItems(now, source, plaintext);
        }
    }

    /// <summary>The link has taken this many bytes of what was polled for it, counted as plaintext (R17).</summary>
    public void LinkTook(Instant now, LinkId link, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Find(link) is { } taker)
        {
            taker.QueuedBytes = Math.Max(0, taker.QueuedBytes - bytes);
        }
    }

    /// <summary>A link died, or the owner closed it. Unknown links are ignored.</summary>
    public void LinkClosed(Instant now, LinkId link)
    {
        DropFarewells(link);
        if (Find(link) is { } closed)
        {
            RemoveLink(now, closed);
        }
    }

    /// <summary>Sends on this link from now on (R11). Ignored where it is not open.</summary>
    public void Use(Instant now, LinkId link)
    {
        if (_session is { } session && Find(link) is { IsOpen: true } target && session.Sender.Link != target)
        {
            MoveSender(now, session, target);
        }
    }

    /// <summary>Leaves a link with BYE; the session moves to another or waits for one.</summary>
    public void Leave(Instant now, LinkId link, LinkByeReason reason)
    {
        if (Find(link) is { } left)
        {
            Bid(left, reason, LinkCloseReason.Left);
            RemoveLink(now, left);
        }
    }

    /// <summary>Sends a PING on an open link, so that <see cref="RoundTripTime"/> is renewed.</summary>
    public void Probe(LinkId link)
    {
        if (Find(link) is { IsOpen: true } probed)
        {
            probed.PingDue = true;
        }
    }

    /// <summary>
    /// Writes one frame of 1 to 65,408 bytes; it is copied. False: the replay buffer is full, and Writable follows;
    /// or there is no session that takes frames, and Started, or nothing, follows.
    /// </summary>
    /// <exception cref="ArgumentException">The length is another.</exception>
    public bool TryWrite(Instant now, ReadOnlySpan<byte> frame)
    {
        if (frame.Length is 0 or > SessionLimits.MaxFrameBytes)
        {
            throw new ArgumentException($"A frame has 1 to {SessionLimits.MaxFrameBytes} bytes, not {frame.Length}.", nameof(frame));
        }

        if (_session is not { IsClosing: false } session)
        {
            return false;
        }

        if (!session.Sender.TryWrite(frame))
        {
            session.BlockedFrameBytes = frame.Length;
            return false;
        }

        session.BlockedFrameBytes = 0;
        return true;
    }

    /// <summary>Writes no more: FIN follows the last frame, and the session ends when both directions are complete (R27).</summary>
    public void Close(Instant now)
    {
        if (_session is { IsClosing: false } session)
        {
            session.IsClosing = true;
            session.BlockedFrameBytes = 0;
            session.Sender.WriteFin();

            // The timeout runs while a link is open; the time spent waiting is added when one opens.
            session.CloseDeadline = (session.IsWaiting ? session.WaitingSince : now) + _options.CloseTimeout;
        }
    }

    /// <summary>Ends the session now. What was not acknowledged may be lost.</summary>
    /// <param name="now">The present.</param>
    /// <param name="code">What the peer is told: not Closed and not PeerForgot.</param>
    public void Abort(Instant now, SessionEndCode code)
    {
        if (code is SessionEndCode.Closed or > SessionEndCode.ShuttingDown)
        {
            throw new ArgumentOutOfRangeException(nameof(code));
        }

        if (_session is not null)
        {
            EndSession(now, new Ending(code) { TellPeer = true });
        }
    }

    /// <summary>The next event, in the order of what happened.</summary>
    public bool TryPollEvent(out SessionEvent e) => _events.TryDequeue(out e);

    /// <summary>The smoothed round trip of a link, once a PING was answered on it.</summary>
    public TimeSpan? RoundTripTime(LinkId link) => Find(link)?.RoundTripTime;

    /// <summary>Gives buffers back without a word to the peer. The engine must not be used afterwards.</summary>
    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
        _links.Clear();
        _farewells.Clear();
        while (_events.TryDequeue(out var e))
        {
            e.Frame.Dispose();
        }
    }

    internal SessionHello? OwnHelloOf(LinkId link) => Find(link)?.OwnHello;

    private SessionLink? Find(LinkId id)
    {
        foreach (var link in _links)
        {
            if (link.Id == id)
            {
                return link;
            }
        }

        return null;
    }

    private SessionHello MakeHello(Instant now)
    {
        var tombstone = _tombstoneUntil > now && _rules.TombstonesAreNamed && (_session is null || _rules.TombstonesAreNamedBesideLive)
            ? _tombstone
            : null;
        return new SessionHello
        {
            Spare = _spare,
            ReplayBudgetLog2 = System.Numerics.BitOperations.Log2((ulong)_options.ReplayBytes),
            Live = _session is { } session ? new LiveSession(session.Pair, session.Receiver.Expected) : null,
            Ended = tombstone,
        };
    }

    private void Raise(SessionEventKind kind) => _events.Enqueue(new SessionEvent { Kind = kind, Session = _session?.Pair ?? default });
}
