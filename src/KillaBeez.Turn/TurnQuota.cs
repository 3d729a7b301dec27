namespace KillaBeez.Turn;

/// <summary>
/// What one user, or one source address, may take of a TURN server. Beyond it new allocations are refused with 486
/// (Allocation Quota Reached), new peers with 508 (Insufficient Capacity), and data is dropped.
/// </summary>
public sealed record TurnQuota
{
    /// <summary>
    /// The defaults for one user: whoever holds credentials, under whatever address. A node has up to six allocations
    /// (UDP, TCP and TLS, IPv4 and IPv6), and those of a node that crashed live on for ten minutes.
    /// </summary>
    public static TurnQuota UserDefault { get; } = new()
    {
        Allocations = 64,
        Peers = 2_048,
        BytesPerSecond = 12_500_000,
        TotalBytes = 256L * 1024 * 1024 * 1024,
    };

    /// <summary>The defaults for one source: an IPv4 address, or an IPv6 /64, behind which there may be many users.</summary>
    public static TurnQuota SourceDefault { get; } = new()
    {
        Allocations = 512,
        Peers = 16_384,
        BytesPerSecond = 50_000_000,
        TotalBytes = 1024L * 1024 * 1024 * 1024,
    };

    /// <summary>Allocations at the same time; at least 1.</summary>
    public required int Allocations { get; init; }

    /// <summary>Peer addresses with a permission at the same time, over all allocations; at least 1.</summary>
    public required int Peers { get; init; }

    /// <summary>Relayed payload in bytes per second, both directions together; bursts of one second. At least 1.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>Relayed payload in bytes, both directions together, in one <see cref="Window"/>; at least 1.</summary>
    public required long TotalBytes { get; init; }

    /// <summary>The time after which <see cref="TotalBytes"/> starts anew, counted from the first allocation. 24 hours by default.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(24);

    internal void Validate(string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Allocations, 1, $"{name}.{nameof(Allocations)}");
        ArgumentOutOfRangeException.ThrowIfLessThan(Peers, 1, $"{name}.{nameof(Peers)}");
        ArgumentOutOfRangeException.ThrowIfLessThan(BytesPerSecond, 1, $"{name}.{nameof(BytesPerSecond)}");
        ArgumentOutOfRangeException.ThrowIfLessThan(TotalBytes, 1, $"{name}.{nameof(TotalBytes)}");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Window, TimeSpan.Zero, $"{name}.{nameof(Window)}");
    }
}
