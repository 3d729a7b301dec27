namespace KillaBeez.WebRtc.Ice;

/// <summary>Where a candidate's address comes from (RFC 8445, section 4).</summary>
public enum IceCandidateType : byte
{
    /// <summary>The address of a socket of the side itself.</summary>
    Host,

    /// <summary>The address that a check of the other side has shown.</summary>
    PeerReflexive,

    /// <summary>The address that a STUN server has seen: that of a translator.</summary>
    ServerReflexive,

    /// <summary>An address at a TURN server, which forwards.</summary>
    Relayed,
}
