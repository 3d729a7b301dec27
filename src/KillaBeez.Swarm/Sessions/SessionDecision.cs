namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// Which session a link carries: a pure, total function of its two Hellos, so both ends compute the same
/// without negotiating, and two links that come up at once name the same session (R6).
/// </summary>
internal static class SessionDecision
{
    /// <summary>The pair that the two Hellos of a link mean, as the owner of <paramref name="mine"/> writes it.</summary>
    public static SessionPair Decide(SessionHello mine, SessionHello theirs)
    {
        // Both hold it: resume.
        if (mine.Live is { } live && theirs.Live is { } peerLive && live.Pair == peerLive.Pair.Mirrored)
        {
            return live.Pair;
        }

        // The peer made it of my spare, on another link that I have not seen proven yet.
        if (theirs.Live is { } made && made.Pair.Peer == mine.Spare)
        {
            return new SessionPair(mine.Spare, made.Pair.Own);
        }

        // I made it of the peer's spare, on another link that the peer has not seen proven yet.
        if (mine.Live is { } own && own.Pair.Peer == theirs.Spare)
        {
            return own.Pair;
        }

        return new SessionPair(mine.Spare, theirs.Spare);
    }
}
