namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// What lets the datagrams of one peer IP address pass the server (RFC 8656, section 9), and the payloads that wait for it.
/// </summary>
/// <param name="address">The peer's IP address; its port is 0.</param>
internal sealed class TurnPermission(TransportAddress address)
{
    private Queue<TurnHeldPayload>? _held;

    public TransportAddress Address { get; } = address;

    /// <summary>Granted up to here.</summary>
    public Instant ExpiresAt { get; private set; } = Instant.Zero;

    public Instant RefreshAt { get; private set; } = Instant.Never;

    /// <summary>The server has refused; up to here it is not asked again.</summary>
    public Instant RefusedUntil { get; private set; } = Instant.Zero;

    public Instant LastUsedAt { get; set; }

    /// <summary>Waits for a request or for its answer.</summary>
    public bool IsAsked { get; set; }

    /// <summary>A request with several peers that held this one was refused: only a request of its own tells who was meant.</summary>
    public bool NeedsOwnRequest { get; set; }

    /// <summary>Not in the table any more.</summary>
    public bool IsRemoved { get; set; }

    public int HeldCount => _held?.Count ?? 0;

    public bool IsGranted(Instant now) => now < ExpiresAt;

    public bool IsRefused(Instant now) => now < RefusedUntil;

    public bool IsIdle(Instant now) => now >= LastUsedAt.AddMs(TurnClientLimits.PeerIdleMs);

    public void Grant(Instant now)
    {
        IsAsked = false;
        NeedsOwnRequest = false;
        RefusedUntil = Instant.Zero;
        ExpiresAt = now.AddMs(TurnClientLimits.PermissionLifetimeMs);
        RefreshAt = now.AddMs(TurnClientLimits.PermissionRefreshMs);
    }

    /// <summary>An older grant ends when it would have ended anyway.</summary>
    public void Refuse(Instant now)
    {
        IsAsked = false;
        NeedsOwnRequest = false;
        RefusedUntil = now.AddMs(TurnClientLimits.RefusalPauseMs);
        RefreshAt = RefusedUntil;
    }

    public void Hold(TransportAddress peer, ReadOnlySpan<byte> payload) =>
        (_held ??= new()).Enqueue(new TurnHeldPayload(peer, PooledBuffer.CopyOf(payload)));

    /// <summary>The oldest payload that waits; the caller owns its bytes.</summary>
    public bool TryTakeHeld(out TurnHeldPayload held)
    {
        held = default;
        return _held is not null && _held.TryDequeue(out held);
    }
}
