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

    /// <summary>When the search for a pair to nominate began: with the checks, and anew when the selected pair is lost.</summary>
    public Instant SearchingSince { get; set; }

    /// <summary>When the peer last told us something to check.</summary>
    public Instant LastCandidateAt { get; set; }

    /// <summary>Signalled and peer-reflexive remote candidates that are paired.</summary>
    public List<IceCandidate> RemoteCandidates { get; } = [];

    /// <summary>Remote candidates that wait for credentials of their ufrag.</summary>
    public List<IceCandidate> HeldCandidates { get; } = [];

    /// <summary>Candidates whose address is a name, with or without a result.</summary>
    public List<IceCandidate> NamedCandidates { get; } = [];

    /// <summary>The names in them.</summary>
    public List<IceName> Names { get; } = [];
}
