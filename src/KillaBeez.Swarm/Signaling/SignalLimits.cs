namespace KillaBeez.Swarm.Signaling;

/// <summary>Every limit of signals themselves; see docs/protocol/signals.md.</summary>
internal static class SignalLimits
{
    /// <summary>The longest JSON or binary form of a signal, and of an exchange message that carries one.</summary>
    public const int MaximumMessageBytes = 64 * 1024;

    /// <summary>The longest body, in UTF-8 bytes: sealed and in base64url it still fits an exchange message.</summary>
    public const int MaximumBodyBytes = 46 * 1024;

    /// <summary>How far apart created and expires may be.</summary>
    public const long MaximumLifetimeMs = 30_000;

    /// <summary>How far the clocks of two nodes may differ.</summary>
    public const long ClockSkewMs = 10 * 60_000;

    /// <summary>
    /// How long a receiver remembers an accepted id: from the moment at which the slowest clock allowed takes the signal to
    /// the one at which the fastest sender's is over. It is measured by a monotonic clock.
    /// </summary>
    public const long ReplayMemoryMs = MaximumLifetimeMs + (2 * ClockSkewMs);

    /// <summary>
    /// How long one that carries signals remembers an id. It knows who hands it a signal and takes nobody else's, so only the
    /// sender itself could send it twice, and the receiver looks at the times.
    /// </summary>
    public const long CarrierMemoryMs = 2 * MaximumLifetimeMs;
}
