namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// The state of a pair's check (RFC 8445, section 6.1.2.6). There is no Frozen: with one component, freezing
/// pairs of equal foundation would only delay them.
/// <code>
/// Waiting --check sent--> InProgress --answer--> Succeeded
///    ^                        |                      |
///    +---- triggered ---------+--- no answer --> Failed
/// </code>
/// </summary>
internal enum IcePairState : byte
{
    Waiting,
    InProgress,
    Succeeded,
    Failed,
}

/// <summary>A local base and a remote address that are, or could be, a path.</summary>
internal sealed class IceCandidatePair(IceGeneration generation, IceCandidate local, IceCandidate remote, NetworkPath path)
{
    /// <summary>Whose credentials the pair's checks carry.</summary>
    public IceGeneration Generation { get; } = generation;

    public IceCandidate Local { get; } = local;

    /// <summary>Replaced in place when a peer-reflexive candidate turns out to have been signalled; the pair's state stays.</summary>
    public IceCandidate Remote { get; set; } = remote;

    public NetworkPath Path { get; } = path;

    public ulong Priority { get; private set; }

    public IcePairState State { get; set; }

    /// <summary>A check of ours has been answered over this very path, and none has failed since.</summary>
    public bool IsValid { get; set; }

    /// <summary>The controlling side has chosen this pair.</summary>
    public bool IsNominated { get; set; }

    /// <summary>Controlled: USE-CANDIDATE came before our own check succeeded.</summary>
    public bool NominateOnSuccess { get; set; }

    /// <summary>Controlling: the next check carries USE-CANDIDATE, and the pair is ours when it is answered.</summary>
    public bool IsBeingNominated { get; set; }

    public bool IsTriggered { get; set; }

    /// <summary>A check outside the check list is due: consent or keepalive.</summary>
    public bool IsProbeDue { get; set; }

    /// <summary>The last authenticated STUN or decrypted DTLS from the peer on this path; <see cref="Instant.Zero"/>: none.</summary>
    public Instant LastInbound { get; private set; }

    /// <summary>The last answer to a check of ours: what consent is counted from (RFC 7675).</summary>
    public Instant LastResponse { get; set; }

    /// <summary>When the first of the checks left that nothing authentic has followed; <see cref="Instant.Never"/>: none.</summary>
    public Instant UnansweredSince { get; set; } = Instant.Never;

    /// <summary>How the peer sees our base on this path: behind a NAT a local peer-reflexive address (RFC 8445, section 7.2.5.3.1).</summary>
    public TransportAddress? MappedAddress { get; set; }

    public TimeSpan? RoundTripTime { get; private set; }

    public bool IsTcp => Path.Local.IsTcp;

    /// <summary>How many of the two addresses are at a TURN server.</summary>
    public int RelayedEnds => (Local.Type == IceCandidateType.Relayed ? 1 : 0) + (Remote.Type == IceCandidateType.Relayed ? 1 : 0);

    /// <summary>This side may open the way: always, but over a TCP connection that the peer has to open.</summary>
    public bool CanStart => !Local.IsTcpPassive;

    /// <summary>Neither side's address was seen through a translator or relay, and the way is no stream.</summary>
    public bool IsHostToHost => !IsTcp && Local.Type == IceCandidateType.Host && Remote.Type == IceCandidateType.Host;

    public void ComputePriority(IceRole role) => Priority = role == IceRole.Controlling
        ? IcePriority.ForPair(Local.Priority, Remote.Priority)
        : IcePriority.ForPair(Remote.Priority, Local.Priority);

    public void NoteInbound(Instant now)
    {
        LastInbound = now;
        UnansweredSince = Instant.Never;
    }

    /// <summary>Smooths like RFC 6298: one eighth of the new sample.</summary>
    public void NoteRoundTrip(TimeSpan sample) =>
        RoundTripTime = RoundTripTime is { } smoothed ? smoothed + ((sample - smoothed) / 8) : sample;

    public bool IsSilent(Instant now, TimeSpan silence) => UnansweredSince != Instant.Never && now - UnansweredSince >= silence;

    public override string ToString() => $"{Path.Local}->{Path.Remote} {State}{(IsNominated ? " nominated" : string.Empty)}";
}
