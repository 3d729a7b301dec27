namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// A peer that something was sent to, by address and port, and its channel where it has one.
/// </summary>
internal sealed class TurnPeer(TransportAddress address, TurnPermission permission)
{
    public TransportAddress Address { get; } = address;

    public TurnPermission Permission { get; set; } = permission;

    public Instant LastUsedAt { get; set; }

    /// <summary>Something has come back: the next payload is worth a channel.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>Waits for a ChannelBind request or for its answer.</summary>
    public bool IsChannelAsked { get; set; }

    /// <summary>The server has refused; up to here it is not asked again.</summary>
    public Instant ChannelRefusedUntil { get; private set; } = Instant.Zero;

    /// <summary>The channel's number, from the first request on.</summary>
    public ChannelNumber? Channel { get; set; }

    /// <summary>Bound up to here.</summary>
    public Instant BoundUntil { get; private set; } = Instant.Zero;

    public Instant RebindAt { get; private set; } = Instant.Never;

    /// <summary>From here on the number may go to another peer.</summary>
    public Instant NumberFreeAt { get; private set; } = Instant.Never;

    public bool IsBound(Instant now) => now < BoundUntil;

    public bool IsIdle(Instant now) => now >= LastUsedAt.AddMs(TurnClientLimits.PeerIdleMs);

    /// <summary>Whether a request for a channel makes sense now: a first one, or one that keeps it.</summary>
    public bool WantsChannel(Instant now) =>
        HasAnswered && !IsChannelAsked && now >= ChannelRefusedUntil && (!IsBound(now) || now >= RebindAt);

    public void Bind(Instant now)
    {
        IsChannelAsked = false;
        ChannelRefusedUntil = Instant.Zero;
        BoundUntil = now.AddMs(TurnClientLimits.ChannelLifetimeMs);
        RebindAt = now.AddMs(TurnClientLimits.ChannelRebindMs);
        NumberFreeAt = BoundUntil.AddMs(TurnClientLimits.ChannelQuarantineMs);
    }

    /// <summary>The server may have bound the number all the same, where its answer was lost: the quarantine counts from now.</summary>
    public void RefuseChannel(Instant now)
    {
        IsChannelAsked = false;
        ChannelRefusedUntil = now.AddMs(TurnClientLimits.RefusalPauseMs);
        RebindAt = ChannelRefusedUntil;
        NumberFreeAt = now.AddMs(TurnClientLimits.ChannelLifetimeMs + TurnClientLimits.ChannelQuarantineMs);
    }
}
