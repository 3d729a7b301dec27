namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// One side's half of a session's name: 64 random bits, never 0. A tag is used for one session only, so a
/// restarted node cannot be mistaken for its former self (R1).
/// </summary>
internal readonly record struct SessionTag(ulong Value)
{
    /// <summary>No tag. It never stands on the wire.</summary>
    public static SessionTag None => default;

    /// <summary>Draws a tag from a cryptographic source.</summary>
    public static SessionTag Draw(IRandomSource random)
    {
        ulong value;
        do
        {
            value = random.NextUInt64();
        }
        while (value == 0);

        return new SessionTag(value);
    }

    public override string ToString() => $"{Value:x16}";
}

/// <summary>The name of a session as one side writes it: its own tag first.</summary>
internal readonly record struct SessionPair(SessionTag Own, SessionTag Peer)
{
    /// <summary>The same session as the other side writes it.</summary>
    public SessionPair Mirrored => new(Peer, Own);

    public override string ToString() => $"{Own}.{Peer}";
}
