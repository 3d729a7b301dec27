namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// The local name of one link attempt to a peer, given by whoever dials or answers. It never travels and is
/// not used again for another attempt.
/// </summary>
internal readonly record struct LinkId(long Value)
{
    public override string ToString() => $"link {Value}";
}

/// <summary>Who began the Noise handshake on a link.</summary>
internal enum LinkRole
{
    /// <summary>This side dialed: it sends handshake message 1.</summary>
    Initiator,

    /// <summary>This side answers: it sends handshake message 2.</summary>
    Responder,
}
