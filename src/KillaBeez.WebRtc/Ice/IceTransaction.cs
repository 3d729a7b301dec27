using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <summary>One binding request of ours that may still be answered.</summary>
internal sealed class IceTransaction(StunTransactionId id, IceCandidatePair pair, IceRole role, bool useCandidate, bool isProbe)
{
    public StunTransactionId Id { get; } = id;

    public IceCandidatePair Pair { get; } = pair;

    /// <summary>The role that the request claimed: a 487 answers that claim, not the role of today.</summary>
    public IceRole Role { get; } = role;

    public bool UseCandidate { get; } = useCandidate;

    /// <summary>A consent check or keepalive: sent once, and its loss alone fails nothing.</summary>
    public bool IsProbe { get; } = isProbe;

    public Instant FirstSentAt { get; set; }

    public int Sends { get; set; }

    /// <summary>When the request is repeated; <see cref="Instant.Never"/>: not any more.</summary>
    public Instant RepeatAt { get; set; } = Instant.Never;

    /// <summary>When an answer comes too late.</summary>
    public Instant ExpiresAt { get; set; } = Instant.Never;

    public TimeSpan RetransmissionTimeout { get; set; }

    /// <summary>The pair has answered before: repetitions come at an even pace, since there is no congestion to probe for.</summary>
    public bool IsOnWorkingPair { get; init; }

    /// <summary>The repetition is due and waits to be polled.</summary>
    public bool IsRepeatDue { get; set; }

    /// <summary>A newer check has taken over: this one is not repeated, but its answer still counts.</summary>
    public bool IsSuperseded { get; set; }
}
