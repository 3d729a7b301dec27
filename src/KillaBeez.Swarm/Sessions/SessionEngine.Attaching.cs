namespace KillaBeez.Swarm.Sessions;

/// <summary>Which links are admitted, what their Hellos mean, and how links join and leave the session.</summary>
internal sealed partial class SessionEngine
{
    private TokenBucket _hellos = new(SessionLimits.HelloBurst, SessionLimits.HellosPerSecond);
    private TokenBucket _replacements = new(SessionLimits.ReplacementBurst, SessionLimits.ReplacementsPerSecond);
    private Instant _quarantinedUntil;
    private TimeSpan _quarantine;
    private int _redials;
    private Instant _redialAt = Instant.Never;

    private bool Admits(Instant now, LinkRole role)
    {
        if (now < _quarantinedUntil)
        {
            return false;
        }

        var dialed = 0;
        var pending = 0;
        foreach (var link in _links)
        {
            pending += link.IsOpen ? 0 : 1;
            dialed += link.State == SessionLinkState.Dialed ? 1 : 0;
        }

        // The peer's attempts never keep this side from dialing.
        return role == LinkRole.Initiator
            ? dialed < SessionLimits.MaxPendingLinks
            : pending < SessionLimits.MaxPendingLinks && _hellos.TryTake(now);
    }

    private void RefuseHello(Instant now, SessionLink link, SessionHelloError error)
    {
        if (error == SessionHelloError.UnsupportedVersion && link.Role == LinkRole.Initiator)
        {
            Bid(link, LinkByeReason.Unsupported, LinkCloseReason.UnsupportedVersion);
        }
        else
        {
            RaiseClose(link, error == SessionHelloError.UnsupportedVersion ? LinkCloseReason.UnsupportedVersion : LinkCloseReason.MalformedHello);
        }

        RemoveLink(now, link);
    }

    /// <summary>Applies what the two Hellos of a link mean to what this side holds now.</summary>
    private void Decide(Instant now, SessionLink link)
    {
        var pair = SessionDecision.Decide(link.OwnHello, link.PeerHello!);
        if (_session?.Pair == pair)
        {
            Attach(now, link);
            return;
        }

        // A session is given up only for one that the spare of now names: a delayed link of a dead incarnation
        // names another (R7).
        var mayReplace = pair.Own == _spare || !_rules.OnlyTheSpareOfNowReplaces || !_rules.OneSpareForAllAttempts;
        if (!mayReplace)
        {
            Bid(link, LinkByeReason.Stale, LinkCloseReason.Stale);
            RemoveLink(now, link, isStale: true);
            return;
        }

        if (_session is { } lost)
        {
            if (!_replacements.TryTake(now))
            {
                Quarantine(now, link);
                return;
            }

            LoseSession(now, lost, link.PeerHello!);
        }

        _session = new Session(pair, _options);
        _spare = SessionTag.Draw(_random);
        Raise(SessionEventKind.Started);
        Attach(now, link);
    }

    /// <summary>The peer does not hold the session any more; its tombstone may say how it ended (R28).</summary>
    private void LoseSession(Instant now, Session session, SessionHello theirs)
    {
        var code = SessionEndCode.PeerForgot;
        if (theirs.Ended is { } ended && ended.Pair == session.Pair.Mirrored)
        {
            session.Sender.TryAcknowledge(now, ended.Next);
            code = ended.Code;
        }

        EndSession(now, OfPeer(session, code));
    }

    /// <summary>An ending that the peer reported: Closed only if everything was in fact delivered.</summary>
    private static Ending OfPeer(Session session, SessionEndCode code, string? text = null)
    {
        if (session.IsComplete)
        {
            return new Ending(SessionEndCode.Closed) { ByPeer = true };
        }

        return code == SessionEndCode.Closed
            ? new Ending(SessionEndCode.ProtocolViolation) { Violation = SessionViolation.FalseClose }
            : new Ending(code) { ByPeer = true, Text = text };
    }

    private void Quarantine(Instant now, SessionLink link)
    {
        var longAgo = now - _quarantinedUntil > SessionLimits.MaxQuarantine;
        _quarantine = _quarantine == TimeSpan.Zero || longAgo
            ? SessionLimits.FirstQuarantine
            : TimeSpan.FromTicks(Math.Min(_quarantine.Ticks * 2, SessionLimits.MaxQuarantine.Ticks));
        _quarantinedUntil = now + _quarantine;
        _events.Enqueue(new SessionEvent { Kind = SessionEventKind.Quarantined, Until = _quarantinedUntil });
        Bid(link, LinkByeReason.Surplus, LinkCloseReason.Quarantined);
        RemoveLink(now, link);
    }

    private void Attach(Instant now, SessionLink link)
    {
        var session = _session!;
        var theirs = link.PeerHello!;
        link.State = SessionLinkState.Open;
        link.OpenedAt = now;
        link.ReceivedAt = now;
        link.PingDue = true;
        session.PeerReplayBytes = 1L << theirs.ReplayBudgetLog2;
        _events.Enqueue(new SessionEvent { Kind = SessionEventKind.LinkAttached, Session = session.Pair, Link = link.Id });
        if (session.IsWaiting)
        {
            Resume(now, session);
        }

        // The Hello's number is news as good as an ACK.
        if (theirs.Live is { } live && live.Pair == session.Pair.Mirrored && !session.Sender.TryAcknowledge(now, live.Next))
        {
            EndSession(now, new Ending(SessionEndCode.ProtocolViolation) { Violation = SessionViolation.AcknowledgedUnsent, TellPeer = true });
            return;
        }

        // The initiator's first message proves its message 1 (R5); the responder's number grew since its Hello.
        if (link.Role == LinkRole.Initiator || session.Receiver.Expected > 0)
        {
            link.AckDeadline = now;
        }

        if (session.PullOwed)
        {
            session.PullOwed = false;
            link.PullDue = true;
        }

        if (session.Sender.Link is null)
        {
            MoveSender(now, session, link);
        }

        CloseSurplus(now, link);
        AfterAcknowledgement(now);
    }

    private void Resume(Instant now, Session session)
    {
        // Neither the patience with a silent peer (R26) nor that with a close (R27) runs while no link is open. Both
        // go on where they stopped: a peer whose links come and go does not gain time.
        var stalled = now - session.WaitingSince;
        session.Sender.ExcuseStall(stalled);
        session.CloseDeadline += stalled;
        session.WaitingSince = Instant.Never;
        _redialAt = Instant.Never;
        Raise(SessionEventKind.Resumed);
    }

    /// <summary>Only the peer itself can open more links than allowed: the one silent for longest goes.</summary>
    private void CloseSurplus(Instant now, SessionLink newest)
    {
        SessionLink? silent = null;
        var open = 0;
        foreach (var link in _links)
        {
            if (!link.IsOpen)
            {
                continue;
            }

            open++;
            if (link != newest && (silent is null || link.ReceivedAt < silent.ReceivedAt))
            {
                silent = link;
            }
        }

        if (open > SessionLimits.MaxOpenLinks && silent is not null)
        {
            Bid(silent, LinkByeReason.Surplus, LinkCloseReason.Surplus);
            RemoveLink(now, silent);
        }
    }

    /// <summary>Forgets a link; if it was open the session moves off it, asks for what it lost, or waits.</summary>
    private void RemoveLink(Instant now, SessionLink link, bool isStale = false)
    {
        _links.Remove(link);
        if (!link.IsOpen)
        {
            // An attempt failed. A session that waits wants the next one; so does a stale link, whoever has a
            // session now, unless it is carried by another (R8).
            if (_session is { IsWaiting: true } || (isStale && _session is null))
            {
                RequestLink(now);
            }

            return;
        }

        if (now - link.OpenedAt >= SessionLimits.StableLink)
        {
            _redials = 0;
        }

        if (_session is { } session)
        {
            MoveOff(now, session, link);
        }
    }

    private void MoveOff(Instant now, Session session, SessionLink link)
    {
        var next = BestOpenLink(except: link);
        if (session.Sender.Link == link)
        {
            MoveSender(now, session, next);
        }

        if (session.Receiver.LastFrameLink == link)
        {
            session.Receiver.LastFrameLink = null;
            session.PullOwed = next is null;
            next?.PullDue = true;
        }

        if (next is null)
        {
            session.WaitingSince = now;
            Raise(SessionEventKind.Stalled);
            RequestLink(now);
        }
    }

    /// <summary>Sends frames on another link from now on, or on none.</summary>
    private void MoveSender(Instant now, Session session, SessionLink? link)
    {
        session.Sender.MoveTo(now, link);
        if (link is not null)
        {
            _events.Enqueue(new SessionEvent { Kind = SessionEventKind.PathChanged, Session = session.Pair, Link = link.Id });
        }
    }

    /// <summary>The open link that answers best: not suspect, then the shortest round trip, then the latest heard from.</summary>
    private SessionLink? BestOpenLink(SessionLink? except)
    {
        SessionLink? best = null;
        foreach (var link in _links)
        {
            if (link.IsOpen && link != except && (best is null || IsBetter(link, best)))
            {
                best = link;
            }
        }

        return best;
    }

    private static bool IsBetter(SessionLink a, SessionLink b)
    {
        if (a.IsSuspect != b.IsSuspect)
        {
            return b.IsSuspect;
        }

        var aTrip = a.RoundTripTime ?? TimeSpan.MaxValue;
        var bTrip = b.RoundTripTime ?? TimeSpan.MaxValue;
        return aTrip != bTrip ? aTrip < bTrip : a.ReceivedAt > b.ReceivedAt;
    }

    /// <summary>Asks for a link: at once after the first failures in a row, then with a growing, jittered wait (R8).</summary>
    private void RequestLink(Instant now)
    {
        _redials++;
        var late = _redials - SessionLimits.ImmediateRedials;
        if (late <= 0)
        {
            RaiseNeedLink(now);
            return;
        }

        var delay = SessionLimits.FirstRedialDelay * Math.Pow(2, Math.Min(late - 1, 10));
        delay = delay < SessionLimits.MaxRedialDelay ? delay : SessionLimits.MaxRedialDelay;
        _redialAt = now + (delay * (0.5 + (_random.NextDouble() / 2)));
    }

    private void RaiseNeedLink(Instant now)
    {
        Raise(SessionEventKind.NeedLink);

        // Asked again while waiting, in case the owner's attempt never reached this engine.
        _redialAt = _session is { IsWaiting: true } ? now + _options.HelloTimeout : Instant.Never;
    }
}
