using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Calls;

/// <summary>What a <see cref="CallEngine"/> wants done or reports.</summary>
internal enum CallEventKind
{
    /// <summary>Make a transport for Call and report its offer with LocalOfferReady.</summary>
    StartOffering,

    /// <summary>Make a transport for Call with the offer in Body and report its answer with LocalAnswerReady.</summary>
    StartAnswering,

    /// <summary>Give the answer in Body to Call's transport.</summary>
    ApplyAnswer,

    /// <summary>Give the candidate in Body to Call's transport; both descriptions' order is kept.</summary>
    ApplyCandidate,

    /// <summary>Close Call's transport; it was not reported open, or another has taken its place.</summary>
    DropAttempt,

    /// <summary>Seal Signal for the peer and send it by every way there is.</summary>
    SendSignal,

    /// <summary>Call's link is the connection to the peer from now on.</summary>
    Connected,

    /// <summary>The connection is gone (its link closed, or the peer said goodbye: Body). Close what is left of Call's transport.</summary>
    Disconnected,

    /// <summary>The wanted call came to nothing: Failure, and where it was refused the goodbye's Body. A new Call starts afresh.</summary>
    Failed,
}

/// <summary>Why a call came to nothing.</summary>
internal enum CallFailure
{
    None,

    /// <summary>No exchange and no peer knows the key.</summary>
    PeerUnknown,

    /// <summary>There is nobody who could carry a signal.</summary>
    NoRoute,

    /// <summary>The clocks of the two nodes, or of a node between, are too far apart; trying again does not help.</summary>
    ClocksDiffer,

    /// <summary>All attempts ran out of time.</summary>
    Timeout,

    /// <summary>The peer does not want the call.</summary>
    Refused,
}

/// <summary>One event; which members have a value is said at <see cref="CallEventKind"/>.</summary>
internal readonly record struct CallEvent(CallEventKind Kind, SignalCallId Call)
{
    public string Body { get; init; } = string.Empty;

    public SignalContent? Signal { get; init; }

    public CallFailure Failure { get; init; }
}

/// <summary>Counts of signals that had no effect, for metrics.</summary>
internal record struct CallStatistics
{
    /// <summary>Offers of the smaller key that crossed ours.</summary>
    public int CrossedOffers { get; set; }

    /// <summary>Offers, answers and candidates of calls that are over or were never ours.</summary>
    public int StaleSignals { get; set; }

    /// <summary>Repeats of what was handled before.</summary>
    public int DuplicateSignals { get; set; }

    /// <summary>Signals dropped for a limit's sake.</summary>
    public int LimitedSignals { get; set; }
}
