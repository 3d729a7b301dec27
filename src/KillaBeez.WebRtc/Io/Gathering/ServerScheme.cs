namespace KillaBeez.WebRtc.Io.Gathering;

/// <summary>What a server is asked for, and how it is reached.</summary>
internal enum ServerScheme : byte
{
    /// <summary>STUN over UDP.</summary>
    Stun,

    /// <summary>TURN over UDP.</summary>
    TurnUdp,

    /// <summary>TURN over TCP.</summary>
    TurnTcp,

    /// <summary>TURN over TLS over TCP.</summary>
    TurnTls,
}
