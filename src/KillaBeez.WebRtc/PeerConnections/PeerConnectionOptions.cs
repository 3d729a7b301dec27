namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>How one connection behaves.</summary>
public sealed record PeerConnectionOptions
{
    /// <summary>The largest message this side takes and offers to take, in bytes; 1 to 16 MiB, 256 KiB by default.</summary>
    public int MaxMessageBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// What a channel may hold for sending, in bytes: beyond it <see cref="DataChannel.TrySend"/> says no. One
    /// message is always taken by an empty channel. 1 MiB by default.
    /// </summary>
    public int SendBufferHighBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// A sender that was refused is told to go on once the channel holds no more than this, in bytes. Less than
    /// <see cref="SendBufferHighBytes"/>; 256 KiB by default.
    /// </summary>
    public int SendBufferLowBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// What the peer may send ahead of the application's reading, over all channels, in bytes. At least twice
    /// <see cref="MaxMessageBytes"/>; 16 MiB by default. Memory is only used for what really waits.
    /// </summary>
    public int ReceiveWindowBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Whether sending goes on at full speed while at most 2 % of the packets are lost and the round-trip time shows
    /// no queue. Several times as fast over bad radio links, but unfair to other traffic behind shallow queues: for
    /// networks that are one's own. False by default.
    /// </summary>
    public bool ToleratesRandomLoss { get; init; }

    /// <summary>
    /// Whether candidates leave one by one through <see cref="PeerConnection.IceCandidateFound"/> instead of
    /// inside the descriptions. Off by default: one message carries all, and making it waits for the answers of the
    /// endpoint's STUN and TURN servers (5 s at most, and only for the endpoint's first connections).
    /// </summary>
    public bool TrickleCandidates { get; init; }

    /// <summary>Which candidates may be used; every one by default.</summary>
    public IceTransportPolicy IceTransportPolicy { get; init; }

    /// <summary>For tests: remote addresses that this says false to are neither checked nor answered.</summary>
    internal Predicate<TransportAddress>? RemoteFilter { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxMessageBytes, PeerConnectionLimits.MaxMessageBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(SendBufferHighBytes, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(SendBufferLowBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(SendBufferLowBytes, SendBufferHighBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReceiveWindowBytes, 2 * MaxMessageBytes);
    }
}
