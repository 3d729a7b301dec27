using System.Text;

namespace KillaBeez.Swarm.Sessions;

/// <summary>What the items of an open link do.</summary>
internal sealed partial class SessionEngine
{
    private void ReceiveItems(Instant now, SessionLink link, ReadOnlySpan<byte> message)
    {
        var session = _session!;
        var reader = new SessionItemReader(message);
        while (reader.TryRead(out var item))
        {
            var violation = HandleItem(now, session, link, item);
            if (violation != SessionViolation.None)
            {
                Violate(now, violation);
                return;
            }

            // END and BYE took the session or the link away: the rest is of nobody (R29).
            if (_session != session || !_links.Contains(link))
            {
                return;
            }
        }

        if (reader.Error != SessionItemError.None)
        {
            Violate(now, SessionViolation.MalformedItems);
            return;
        }

        AfterAcknowledgement(now);
    }

    private static bool BeginsWithBye(ReadOnlySpan<byte> message, out LinkByeReason reason)
    {
        var reader = new SessionItemReader(message);
        var isBye = reader.TryRead(out var first) && first.Kind == SessionItemKind.Bye;
        reason = isBye ? first.ByeReason : default;
        return isBye;
    }

    private SessionViolation HandleItem(Instant now, Session session, SessionLink link, in SessionItem item)
    {
        switch (item.Kind)
        {
            case SessionItemKind.Data or SessionItemKind.Fin:
                return ReceiveNumbered(now, session, link, item);
            case SessionItemKind.Start:
                return session.Receiver.Start(now, link, item.Number);
            case SessionItemKind.Ack:
                return Acknowledge(now, session, link, item.Number);
            case SessionItemKind.Pull:
                return ReceivePull(now, session, link, item.Number);
            case SessionItemKind.Ping:
                link.PongDue = item.Echo;
                return SessionViolation.None;
            case SessionItemKind.Pong:
                ReceivePong(now, link, item.Echo);
                return SessionViolation.None;
            case SessionItemKind.End:
                session.Sender.TryAcknowledge(now, item.Number);
                EndSession(now, OfPeer(session, item.EndCode, Encoding.UTF8.GetString(item.Bytes)));
                return SessionViolation.None;
            default:
                RaiseClose(link, LinkCloseReason.PeerLeft, item.ByeReason);
                RemoveLink(now, link);
                return SessionViolation.None;
        }
    }

    private SessionViolation ReceiveNumbered(Instant now, Session session, SessionLink link, in SessionItem item)
    {
        var isFin = item.Kind == SessionItemKind.Fin;
        switch (session.Receiver.Count(link, isFin, out var violation))
        {
            case ReceivedItem.Violation:
                return violation;
            case ReceivedItem.Repeated when !_rules.RepeatsAreAcknowledged:
                return SessionViolation.None;
            case ReceivedItem.Repeated:
                // The ACK may have died with its link; without a new one the writer would wait for ever.
                NoteAckDue(now, session, link, item.Bytes.Length, atOnce: isFin || !link.RepeatSeenSinceStart);
                link.RepeatSeenSinceStart = true;
                return SessionViolation.None;
            default:
                NoteAckDue(now, session, link, item.Bytes.Length, atOnce: isFin);
                _events.Enqueue(isFin
                    ? new SessionEvent { Kind = SessionEventKind.PeerClosing, Session = session.Pair }
                    : new SessionEvent { Kind = SessionEventKind.Frame, Session = session.Pair, Frame = PooledBuffer.CopyOf(item.Bytes) });
                return SessionViolation.None;
        }
    }

    private void NoteAckDue(Instant now, Session session, SessionLink link, int frameBytes, bool atOnce)
    {
        link.BytesSinceAck += frameBytes + SessionLimits.FrameOverheadBytes;
        var deadline = atOnce || link.BytesSinceAck >= session.AckBytes ? now : now + _options.AckDelay;
        link.AckDeadline = Instant.Min(link.AckDeadline, deadline);
    }

    private static SessionViolation Acknowledge(Instant now, Session session, SessionLink link, ulong next)
    {
        var before = session.Sender.Base;
        if (!session.Sender.TryAcknowledge(now, next))
        {
            return SessionViolation.AcknowledgedUnsent;
        }

        if (session.Sender.Base > before)
        {
            link.IsSuspect = false;
        }

        return SessionViolation.None;
    }

    private SessionViolation ReceivePull(Instant now, Session session, SessionLink link, ulong next)
    {
        if (!session.TryTakePull(now))
        {
            return SessionViolation.None;
        }

        var violation = Acknowledge(now, session, link, next);
        if (violation == SessionViolation.None && session.Sender.Link != link)
        {
            MoveSender(now, session, link);
        }

        return violation;
    }

    private static void ReceivePong(Instant now, SessionLink link, ulong echo)
    {
        if (link.PingUnderWay == echo)
        {
            link.PingUnderWay = null;
            link.NoteRoundTrip(now - new Instant((long)echo));
            link.IsSuspect = false;
        }
    }

    /// <summary>What room in the buffer, or the last acknowledgement of all, brings about.</summary>
    private void AfterAcknowledgement(Instant now)
    {
        if (_session is not { } session)
        {
            return;
        }

        if (session.IsComplete)
        {
            EndSession(now, new Ending(SessionEndCode.Closed) { TellPeer = true });
        }
        else if (session.BlockedFrameBytes > 0 && session.Sender.HasRoomFor(session.BlockedFrameBytes))
        {
            session.BlockedFrameBytes = 0;
            Raise(SessionEventKind.Writable);
        }
    }

    private void Violate(Instant now, SessionViolation violation) =>
        EndSession(now, new Ending(SessionEndCode.ProtocolViolation) { Violation = violation, TellPeer = true });
}
