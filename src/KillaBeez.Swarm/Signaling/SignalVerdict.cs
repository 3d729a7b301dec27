namespace KillaBeez.Swarm.Signaling;

/// <summary>What a <see cref="SignalGate"/> decides on a signal; all but the first mean: drop it.</summary>
internal enum SignalVerdict
{
    /// <summary>Genuine, fresh and new.</summary>
    Accepted,

    /// <summary>It is addressed to another key.</summary>
    NotForMe,

    /// <summary>Sender and receiver are the same key.</summary>
    ToItself,

    /// <summary>It lives longer than <see cref="SignalLimits.MaximumLifetimeMs"/>.</summary>
    LifetimeTooLong,

    /// <summary>Its life is over, even for a clock that is <see cref="SignalLimits.ClockSkewMs"/> slow.</summary>
    Expired,

    /// <summary>It was made later than a clock that is <see cref="SignalLimits.ClockSkewMs"/> fast would say.</summary>
    FromTheFuture,

    /// <summary>This sender's signal of this id has been accepted before, or its ids of that time have been forgotten.</summary>
    Replayed,

    /// <summary>The sender has sent too many of late.</summary>
    TooManyFromSender,

    /// <summary>The part of the memory that strangers share is full; taking more would let replays through.</summary>
    Overloaded,

    /// <summary>The signature is not the sender's, or something was altered.</summary>
    BadSignature,
}
