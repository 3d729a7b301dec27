namespace KillaBeez.Swarm.Sessions;

/// <summary>What goes out, and when.</summary>
internal sealed partial class SessionEngine
{
    /// <summary>
    /// The plaintext of the next transport message, and the link it goes out on. Call until false.
    /// <paramref name="destination"/> has at least <see cref="SessionLimits.MaxMessageBytes"/> bytes.
    /// </summary>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written, out LinkId link)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SessionLimits.MaxMessageBytes, nameof(destination));
        if (TryTransmitFarewell(destination, out written, out link))
        {
            return true;
        }

        if (_session is not { } session)
        {
            return false;
        }

        // Items that are not numbered never wait behind frames (R22).
        foreach (var open in _links)
        {
            if (open.IsOpen && open.HasUrgentItem(now))
            {
                Compose(now, session, open, destination, out written);
                link = open.Id;
                return true;
            }
        }

        if (session.Sender.CanSend(_options.LinkQueueBytes))
        {
            Compose(now, session, session.Sender.Link!, destination, out written);
            link = session.Sender.Link!.Id;
            return true;
        }

        return false;
    }

    /// <summary>The earliest moment at which <see cref="HandleTimeout"/> or TryPollTransmit has something to do.</summary>
    public Instant NextTimeout
    {
        get
        {
            var next = Instant.Min(_redialAt, SessionDeadline());
            foreach (var link in _links)
            {
                next = Instant.Min(next, link.IsOpen
                    ? Instant.Min(link.AckDeadline, Instant.Min(PingAt(link), link.ReceivedAt + _options.LinkDead))
                    : link.StartedAt + _options.HelloTimeout);
            }

            return next;
        }
    }

    /// <summary>Does what is due at <paramref name="now"/>.</summary>
    public void HandleTimeout(Instant now)
    {
        for (var i = _links.Count - 1; i >= 0; i--)
        {
            // Removing one link can end the session and take others with it.
            if (i < _links.Count)
            {
                CheckLink(now, _links[i]);
            }
        }

        CheckSession(now);
        if (_redialAt <= now)
        {
            RaiseNeedLink(now);
        }
    }

    private void Compose(Instant now, Session session, SessionLink link, Span<byte> destination, out int written)
    {
        var writer = new SpanWriter(destination);
        if (link.AckDue)
        {
            SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Ack, session.Receiver.Expected);
            link.AckDeadline = Instant.Never;
            link.BytesSinceAck = 0;
        }

        if (link.PullDue)
        {
            SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Pull, session.Receiver.Expected);
            link.PullDue = false;
        }

        if (link.PongDue is { } echo)
        {
            SessionItemWriter.WriteEcho(ref writer, SessionItemKind.Pong, echo);
            link.PongDue = null;
        }

        if (link.PingDue)
        {
            // The echo is the time of sending: only this side reads it.
            SessionItemWriter.WriteEcho(ref writer, SessionItemKind.Ping, (ulong)now.Microseconds);
            link.PingDue = false;
            link.PingUnderWay = (ulong)now.Microseconds;
            link.PingedAt = now;
        }

        if (session.Sender.Link == link && session.Sender.CanSend(_options.LinkQueueBytes))
        {
            session.Sender.WriteNext(now, ref writer);
        }

        written = writer.Position;
        link.QueuedBytes += written;
    }

    private Instant PingAt(SessionLink link) =>
        link.PingDue ? Instant.Never : Instant.Max(link.ReceivedAt, link.PingedAt) + _options.PingInterval;

    private void CheckLink(Instant now, SessionLink link)
    {
        if (!link.IsOpen)
        {
            if (link.StartedAt + _options.HelloTimeout <= now)
            {
                RaiseClose(link, LinkCloseReason.HelloTimeout);
                RemoveLink(now, link);
            }
        }
        else if (link.ReceivedAt + _options.LinkDead <= now)
        {
            RaiseClose(link, LinkCloseReason.Dead);
            RemoveLink(now, link);
        }
        else if (PingAt(link) <= now)
        {
            link.PingDue = true;
        }
    }

    private Instant SessionDeadline()
    {
        if (_session is not { } session)
        {
            return Instant.Never;
        }

        return session.IsWaiting
            ? session.WaitingSince + _options.ResumeWindow
            : Instant.Min(session.CloseDeadline, Instant.Min(NoProgressAt(session), SuspectAt(session)));
    }

    private Instant NoProgressAt(Session session) =>
        session.Sender.HasUnacknowledged ? session.Sender.NoProgressSince + _options.ResumeWindow : Instant.Never;

    /// <summary>When the sending link becomes suspect (R24); never while there is no other to move to.</summary>
    private Instant SuspectAt(Session session)
    {
        var sender = session.Sender;
        if (!sender.HasOutstanding || BestOpenLink(except: sender.Link) is null)
        {
            return Instant.Never;
        }

        var patience = (sender.Link!.RoundTripTime ?? TimeSpan.Zero) * 4;
        return sender.SuspectSince + (patience > SessionLimits.MinSuspicion ? patience : SessionLimits.MinSuspicion);
    }

    private void CheckSession(Instant now)
    {
        if (_session is not { } session)
        {
            return;
        }

        if (session.IsWaiting)
        {
            if (session.WaitingSince + _options.ResumeWindow <= now)
            {
                EndSession(now, new Ending(SessionEndCode.Expired));
            }
        }
        else if (session.CloseDeadline <= now)
        {
            EndSession(now, new Ending(SessionEndCode.Aborted) { TellPeer = true });
        }
        else if (NoProgressAt(session) <= now)
        {
            EndSession(now, new Ending(SessionEndCode.NoProgress) { TellPeer = true });
        }
        else if (SuspectAt(session) <= now)
        {
            var suspect = session.Sender.Link!;
            suspect.IsSuspect = true;
            suspect.PingDue = true;
            MoveSender(now, session, BestOpenLink(except: suspect));
        }
    }
}
