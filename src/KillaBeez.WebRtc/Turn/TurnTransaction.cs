using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>One request of ours that may still be answered.</summary>
internal sealed class TurnTransaction(TurnRequestKind kind, StunTransactionId id, StunRequestSchedule schedule)
{
    public TurnRequestKind Kind { get; } = kind;

    public StunTransactionId Id { get; private set; } = id;

    public StunRequestSchedule Schedule { get; private set; } = schedule;

    /// <summary>Of CreatePermission.</summary>
    public IReadOnlyList<TurnPermission> Permissions { get; init; } = [];

    /// <summary>Of ChannelBind.</summary>
    public TurnPeer? Peer { get; init; }

    /// <summary>Whether it was sent with credentials: then only an answer that is proven counts.</summary>
    public bool HasCredentials { get; set; }

    /// <summary>Whether a 438 has been answered with a new nonce; a second one fails the request.</summary>
    public bool HasRenewedNonce { get; set; }

    /// <summary>The code of an answer that was not proven and therefore not believed; told where no other answer comes.</summary>
    public StunErrorCode? UnprovenError { get; set; }

    /// <summary>Makes it a new transaction: a changed request must not look like a repetition (RFC 8489, section 9.2.5).</summary>
    public void Restart(StunTransactionId id, StunRequestSchedule schedule)
    {
        Id = id;
        Schedule = schedule;
        UnprovenError = null;
    }
}
