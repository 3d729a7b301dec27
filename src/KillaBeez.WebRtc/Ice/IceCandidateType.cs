namespace KillaBeez.WebRtc.Ice;

/// <summary>Where a candidate's address comes from (RFC 8445, section 4).</summary>
internal enum IceCandidateType : byte
{
    Host,
    PeerReflexive,
    ServerReflexive,
    Relayed,
}

/// <summary>The transport of a candidate; only UDP is paired.</summary>
internal enum IceTransport : byte
{
    Udp,
    Tcp,
}
