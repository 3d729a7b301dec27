namespace KillaBeez.Swarm.Sessions;

/// <summary>What an installation may tune about its sessions. The defaults are those of docs/protocol/sessions.md.</summary>
internal sealed record SessionOptions
{
    /// <summary>How long a session without an open link is kept (R25).</summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an ended session is named in Hellos (R28); never shorter than the resume window.</summary>
    public TimeSpan TombstoneTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes that are kept until acknowledged, 64 KiB to 4 GiB. One frame is always admitted.</summary>
    public long ReplayBytes { get; init; } = 8L << 20;

    /// <summary>Bytes handed to a link ahead of what it has taken (R17).</summary>
    public int LinkQueueBytes { get; init; } = 256 * 1024;

    /// <summary>The longest that an ACK waits for a message to ride on (R19).</summary>
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Silence after which a link is pinged (R24).</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a link is dead (R24).</summary>
    public TimeSpan LinkDead { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a handshake may take, and how long an answered one may stay unproven.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a close may take while a link is open (R27).</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which rules are obeyed. Only tests that prove a rule's worth change it.</summary>
    internal SessionRules Rules { get; init; } = SessionRules.All;

    /// <summary>Throws where a value is outside its range: the caller's mistake, found at once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ReplayBytes, SessionLimits.MinReplayBytes, nameof(ReplayBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReplayBytes, SessionLimits.MaxReplayBytes, nameof(ReplayBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(TombstoneTime, ResumeWindow, nameof(TombstoneTime));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LinkQueueBytes, nameof(LinkQueueBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(LinkDead, PingInterval, nameof(LinkDead));
        foreach (var span in (ReadOnlySpan<TimeSpan>)[ResumeWindow, AckDelay, PingInterval, HelloTimeout, CloseTimeout])
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
        }
    }
}
