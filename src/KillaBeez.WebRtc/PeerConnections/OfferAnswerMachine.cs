using KillaBeez.WebRtc.Sdp;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>A description as text and as what it says.</summary>
internal sealed record ParsedDescription(SessionDescription Text, DataChannelSessionDescription Content);

/// <summary>What setting a description has led to.</summary>
internal enum OfferAnswerOutcome
{
    /// <summary>An offer is open: nothing is in force yet.</summary>
    Pending,

    /// <summary>Offer and answer are there: what they say is in force now.</summary>
    Complete,

    /// <summary>The open offer is taken back.</summary>
    RolledBack,
}

/// <summary>
/// The exchange of offers and answers (RFC 8829, section 3.2), without pranswer.
/// <code>
///                 set local offer                          set remote offer
///   HaveLocalOffer ───────────── Stable ───────────── HaveRemoteOffer
///         └── set remote answer ──┘ └── set local answer ──┘
///         └────── rollback ───────┘ └────── rollback ──────┘
/// </code>
/// A remote offer that comes while a local one is open takes the local one back, as the W3C's API does; which side
/// gives way is the application's to decide (perfect negotiation).
/// </summary>
internal sealed class OfferAnswerMachine
{
    private ParsedDescription? _created;

    public SignalingState State { get; private set; }

    public ParsedDescription? CurrentLocal { get; private set; }

    public ParsedDescription? CurrentRemote { get; private set; }

    public ParsedDescription? PendingLocal { get; private set; }

    public ParsedDescription? PendingRemote { get; private set; }

    /// <summary>Whether the offer of the exchange that is in force was ours.</summary>
    public bool IsOfferer { get; private set; }

    public ParsedDescription? Local => PendingLocal ?? CurrentLocal;

    public ParsedDescription? Remote => PendingRemote ?? CurrentRemote;

    /// <summary>Whether a local offer may be made now.</summary>
    /// <exception cref="InvalidOperationException">It may not.</exception>
    public void RequireCanOffer() => Require(State is SignalingState.Stable or SignalingState.HaveLocalOffer, "make an offer");

    /// <summary>The remote offer that is to be answered.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public DataChannelSessionDescription RequireOffer()
    {
        Require(State == SignalingState.HaveRemoteOffer, "make an answer");
        return PendingRemote!.Content;
    }

    /// <summary>Remembers what has been made: only that can be set as the local description.</summary>
    public SessionDescription NoteCreated(SdpType type, DataChannelSessionDescription content)
    {
        _created = new ParsedDescription(new SessionDescription(type, SdpWriter.Write(content)), content);
        return _created.Text;
    }

    /// <summary>Sets the description made last, or takes a local offer back.</summary>
    /// <exception cref="InvalidOperationException">The state does not allow it.</exception>
    /// <exception cref="ArgumentException">It is not the description made last.</exception>
    public OfferAnswerOutcome SetLocal(SessionDescription description)
    {
        if (description.Type == SdpType.Rollback)
        {
            Require(State == SignalingState.HaveLocalOffer, "take a local offer back");
            return Rollback();
        }

        if (_created is null || _created.Text != description)
        {
            throw new ArgumentException("A local description must be the one that was made last, unchanged.", nameof(description));
        }

        if (description.Type == SdpType.Offer)
        {
            RequireCanOffer();
            PendingLocal = _created;
            State = SignalingState.HaveLocalOffer;
            return OfferAnswerOutcome.Pending;
        }

        Require(State == SignalingState.HaveRemoteOffer, "set a local answer");
        return Complete(_created, PendingRemote!, isOfferer: false);
    }

    /// <summary>Sets the peer's description, or takes its offer back.</summary>
    /// <exception cref="InvalidOperationException">The state does not allow it.</exception>
    public OfferAnswerOutcome SetRemote(SessionDescription description, DataChannelSessionDescription? content)
    {
        switch (description.Type)
        {
            case SdpType.Rollback:
                Require(State == SignalingState.HaveRemoteOffer, "take a remote offer back");
                return Rollback();
            case SdpType.Offer:
                Require(State != SignalingState.Closed, "set a remote offer");
                PendingLocal = null;
                _created = null;
                PendingRemote = new ParsedDescription(description, content!);
                State = SignalingState.HaveRemoteOffer;
                return OfferAnswerOutcome.Pending;
            default:
                RequireCanTakeAnswer();
                return Complete(PendingLocal!, new ParsedDescription(description, content!), isOfferer: true);
        }
    }

    /// <exception cref="InvalidOperationException">No local offer is open.</exception>
    public void RequireCanTakeAnswer() => Require(State == SignalingState.HaveLocalOffer, "set a remote answer");

    public void Close() => State = SignalingState.Closed;

    private OfferAnswerOutcome Complete(ParsedDescription local, ParsedDescription remote, bool isOfferer)
    {
        (CurrentLocal, CurrentRemote, IsOfferer) = (local, remote, isOfferer);
        (PendingLocal, PendingRemote, _created) = (null, null, null);
        State = SignalingState.Stable;
        return OfferAnswerOutcome.Complete;
    }

    private OfferAnswerOutcome Rollback()
    {
        (PendingLocal, PendingRemote, _created) = (null, null, null);
        State = SignalingState.Stable;
        return OfferAnswerOutcome.RolledBack;
    }

    private void Require(bool allowed, string action)
    {
        if (!allowed)
        {
            throw new InvalidOperationException($"In the signaling state {State} nobody can {action}.");
        }
    }
}
