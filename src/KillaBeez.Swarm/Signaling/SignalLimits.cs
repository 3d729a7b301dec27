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

    /// <summary>
    /// How far two clocks may differ. With this being half the life time, a signal can be accepted during twice
    /// the life time at most, which is how long its id is remembered.
    /// </summary>
    public const long ClockSkewMs = 15_000;

    /// <summary>How long an accepted id is remembered.</summary>
    public const long ReplayMemoryMs = 2 * MaximumLifetimeMs;
}
