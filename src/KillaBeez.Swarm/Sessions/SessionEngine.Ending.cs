namespace KillaBeez.Swarm.Sessions;

/// <summary>How the session ends, and the last words on its links.</summary>
internal sealed partial class SessionEngine
{
    private readonly record struct Ending(SessionEndCode Code)
    {
        public bool ByPeer { get; init; }

        public bool TellPeer { get; init; }

        public SessionViolation Violation { get; init; }

        public string? Text { get; init; }
    }

    /// <summary>The last message of a link: BYE with a reason, or ACK and END of a session. CloseLink follows it.</summary>
    private readonly record struct Farewell(LinkId Link, LinkCloseReason CloseReason)
    {
        public LinkByeReason? Bye { get; init; }

        public SessionEndCode EndCode { get; init; }

        public ulong Next { get; init; }

        public string? Text { get; init; }
    }

    private void EndSession(Instant now, Ending ending)
    {
        var session = _session!;
        var next = session.Receiver.Expected;
        var code = ending.Code;
        _tombstone = new EndedSession(session.Pair, next, code == SessionEndCode.PeerForgot ? SessionEndCode.Aborted : code);
        _tombstoneUntil = now + _options.TombstoneTime;
        for (var i = _links.Count - 1; i >= 0; i--)
        {
            var link = _links[i];
            if (!link.IsOpen)
            {
                // A handshake under way goes on and is judged when it is through (R9).
                continue;
            }

            _links.RemoveAt(i);
            if (ending.TellPeer)
            {
                _farewells.Enqueue(new Farewell(link.Id, LinkCloseReason.SessionEnded)
                {
                    EndCode = code,
                    Next = next,
                    Text = ending.Violation == SessionViolation.None ? null : ending.Violation.ToString(),
                });
            }
            else
            {
                RaiseClose(link, LinkCloseReason.SessionEnded);
            }
        }

        _session = null;
        _redialAt = Instant.Never;
        _redials = 0;
        if (!_rules.TagsDieWithTheirSession)
        {
            _spare = session.Pair.Own;
        }

        _events.Enqueue(new SessionEvent
        {
            Kind = SessionEventKind.Ended,
            Session = session.Pair,
            Code = code,
            ByPeer = ending.ByPeer,
            FramesConfirmed = session.Sender.ConfirmedFrames,
            Violation = ending.Violation,
            Text = ending.Text,
        });
        session.Dispose();
    }

    private void Bid(SessionLink link, LinkByeReason reason, LinkCloseReason closeReason) =>
        _farewells.Enqueue(new Farewell(link.Id, closeReason) { Bye = reason });

    private void RaiseClose(SessionLink link, LinkCloseReason reason, LinkByeReason bye = default) => _events.Enqueue(new SessionEvent
    {
        Kind = SessionEventKind.CloseLink,
        Session = _session?.Pair ?? default,
        Link = link.Id,
        CloseReason = reason,
        ByeReason = bye,
    });

    private void DropFarewells(LinkId link)
    {
        for (var i = _farewells.Count; i > 0; i--)
        {
            var farewell = _farewells.Dequeue();
            if (farewell.Link != link)
            {
                _farewells.Enqueue(farewell);
            }
        }
    }

    private bool TryTransmitFarewell(Span<byte> destination, out int written, out LinkId link)
    {
        if (!_farewells.TryDequeue(out var farewell))
        {
            written = 0;
            link = default;
            return false;
        }

        var writer = new SpanWriter(destination);
        if (farewell.Bye is { } reason)
        {
            SessionItemWriter.WriteBye(ref writer, reason);
        }
        else
        {
            SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Ack, farewell.Next);
            SessionItemWriter.WriteEnd(ref writer, farewell.EndCode, farewell.Next, farewell.Text ?? string.Empty);
        }

        written = writer.Position;
        link = farewell.Link;
        _events.Enqueue(new SessionEvent { Kind = SessionEventKind.CloseLink, Link = link, CloseReason = farewell.CloseReason });
        return true;
    }
}
