using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Calls;

/// <summary>
/// Where one attempt to link two nodes stands.
/// </summary>
/// <remarks>
/// <code>
/// caller:    PreparingOffer --offer ready--> Offered --answer--> Linking --link opened--> (connected)
/// answerer:  PreparingAnswer --answer ready--> Linking --link opened--> (connected)
/// any phase: goodbye, deadline, link closed, a better attempt --> (over)
/// </code>
/// </remarks>
internal enum CallPhase
{
    PreparingOffer,
    Offered,
    PreparingAnswer,
    Linking,
}

/// <summary>One attempt: a call id, a role and what was sent for it.</summary>
internal sealed class CallAttempt(SignalCallId call, CallPhase phase, Instant deadline)
{
    public SignalCallId Call { get; } = call;

    public CallPhase Phase { get; set; } = phase;

    public Instant Deadline { get; set; } = deadline;

    public Instant ResendAt { get; set; } = Instant.Never;

    public int Resends { get; set; }

    /// <summary>Our offer or answer.</summary>
    public string Description { get; set; } = string.Empty;

    /// <summary>Our candidates that the description may lack; repeated with it.</summary>
    public List<string> LocalCandidates { get; } = [];

    /// <summary>The peer's candidates that overtook its answer.</summary>
    public List<string> EarlyCandidates { get; } = [];
}
