namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// What belongs to one pair of credentials: a restart begins a new generation while the selected pair of the old
/// one keeps working (RFC 8445, section 9).
/// </summary>
internal sealed class IceGeneration(IceCredentials local)
{
    public IceCredentials Local { get; } = local;

    /// <summary>Null until the remote description is known.</summary>
    public IceCredentials? Remote { get; set; }

    public bool HasEndOfCandidates { get; set; }

    /// <summary>When checks could start.</summary>
    public Instant StartedAt { get; set; }

    /// <summary>When the peer last told us something to check.</summary>
    public Instant LastCandidateAt { get; set; }

    /// <summary>Signalled and peer-reflexive remote candidates that are paired.</summary>
    public List<IceCandidate> RemoteCandidates { get; } = [];

    /// <summary>Remote candidates that wait for credentials of their ufrag.</summary>
    public List<IceCandidate> HeldCandidates { get; } = [];
}
