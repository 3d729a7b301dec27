using KillaBeez.Swarm.Overlay;

namespace KillaBeez.Swarm.Admission;

/// <summary>
/// Decides who may cost this node a remote key's state and links that are coming about (docs/protocol/mesh.md,
/// "Admission"). Whoever comes first in <see cref="AdmissionOrigin"/> has the larger share, what an introducer causes
/// is charged to it, and a stranger never takes the last place. A pure state machine of one owner; its owner gives out
/// the places and says what became of them.
/// </summary>
/// <remarks>
/// <code>
///   (none) --accepted--> in progress --PeerUp--> connected --PeerDown--> known, for as long as its state stays
///      '----Ask--> asked --Answer--'    '--Quiet--> its state goes         '--Removed--> (none)
/// </code>
/// </remarks>
internal sealed partial class AdmissionEngine
{
    private readonly AdmissionOptions _options;
    private readonly AdmissionLimits _limits;
    private readonly KeyRing _known;
    private readonly HashSet<PeerId> _full = [];
    private readonly Dictionary<PeerId, Place> _places = [];
    private readonly Dictionary<PeerId, AdmissionQuestion> _questions = [];
    private readonly KeyMemory<bool> _friends;
    private readonly KeyMemory<(Instant Until, uint Code)> _refused;
    private readonly Introducers _introducers;
    private TokenBucket _strangers;
    private TokenBucket _mesh;
    private TokenBucket _refusals;

    public AdmissionEngine(PeerId local, AdmissionOptions options)
    {
        Local = local;
        _options = options;
        _limits = options.Limits;
        _known = new KeyRing(local, options.RingNeighbours);
        _friends = new KeyMemory<bool>(_limits.Friends);
        _refused = new KeyMemory<(Instant Until, uint Code)>(_limits.RefusedKeys);
        _introducers = new Introducers(_limits);
        _strangers = new TokenBucket(_limits.StrangerBurst, _limits.StrangersPerSecond);
        _mesh = new TokenBucket(_limits.MeshBurst, _limits.MeshPerSecond);
        _refusals = new TokenBucket(_limits.RefusalBurst, _limits.RefusalsPerSecond);
    }

    public PeerId Local { get; }

    /// <summary>Whether the application wants to be asked.</summary>
    public bool AsksApplication { get; set; }

    /// <summary>Keys that have a place.</summary>
    public int Places => _places.Count;

    /// <summary>Links that no application called for, of either side: what the degrees bound.</summary>
    public int MeshLinks { get; private set; }

    /// <summary>Because of whom a key has its place, as it is now; what a key without one is taken for.</summary>
    public AdmissionOrigin OriginOf(PeerId key) =>
        !_places.TryGetValue(key, out var place) ? OriginOfCaller(key)
        : place.Origin == AdmissionOrigin.Own ? AdmissionOrigin.Own
        : place.IsConnected ? AdmissionOrigin.Resumed
        : place.HasHadSession ? AdmissionOrigin.Known
        : place.Origin;

    /// <summary>This node's application calls a key.</summary>
    public AdmissionDecision CallByApplication(PeerId key)
    {
        _friends.Set(key, true);
        _questions.Remove(key);
        if (!_places.TryGetValue(key, out var place))
        {
            if (_places.Count >= _options.MaxPlaces)
            {
                return NoPlace();
            }

            place = Add(key, AdmissionOrigin.Own, account: null);
        }

        Promote(place, AdmissionOrigin.Own);
        NoteApplication(place);
        place.Journey = new AdmissionJourney(key, _limits.RedirectsPerCall);
        return AdmissionDecision.Accepted;
    }

    /// <summary>The mesh wants a key called; it bounds by itself how many at once, and how many through whom.</summary>
    public AdmissionDecision CallByMesh(Instant now, PeerId key, PeerId? via)
    {
        if (_places.ContainsKey(key))
        {
            return AdmissionDecision.Accepted;
        }

        if (IsRefused(now, key) is { } refused)
        {
            return refused;
        }

        var origin = _friends.Contains(key) ? AdmissionOrigin.Known : AdmissionOrigin.Mesh;
        if (!HasPlaceFor(origin))
        {
            return NoPlace();
        }

        return AskOrTake(new AdmissionQuestion(key, via, AdmissionWish.Call, origin, IsByApplication: false));
    }

    /// <summary>A connected peer says that a key would like to be called by this node.</summary>
    public AdmissionDecision Inform(Instant now, PeerId about, PeerId by)
    {
        _places.TryGetValue(about, out var place);
        if (about == Local || about == by || place is { IsConnected: true })
        {
            return Dropped(AdmissionRefusal.None, "it needs no call");
        }

        if (_introducers.Find(by) is not { } account || account.Informed >= _limits.InformedInProgress || !account.Informs.TryTake(now))
        {
            return Dropped(AdmissionRefusal.Rate, "the peer that wants it called has wanted too many called");
        }

        if (place is not null)
        {
            return AdmissionDecision.Accepted;
        }

        if (IsRefused(now, about) is { } refused)
        {
            return refused;
        }

        var origin = OriginOfCaller(about);
        if (!HasRoomInMesh(about))
        {
            return Refused(now, about, AdmissionRefusal.Degree, "the mesh of this node has links enough");
        }

        return HasPlaceFor(origin)
            ? AskOrTake(new AdmissionQuestion(about, by, AdmissionWish.Inform, origin, IsByApplication: false))
            : NoPlace();
    }

    /// <summary>An offer has come, or a sealed wish to be called.</summary>
    public AdmissionDecision Offer(Instant now, AdmissionOffer offer)
    {
        if (_places.TryGetValue(offer.From, out var place) && (place.IsConnected || !place.IsSettled || place.Origin == AdmissionOrigin.Own))
        {
            if (offer.IsByApplication)
            {
                NoteApplication(place);
            }

            return AdmissionDecision.Accepted;
        }

        if (_questions.ContainsKey(offer.From))
        {
            return AdmissionDecision.Asked;
        }

        if (IsRefused(now, offer.From) is { } refused)
        {
            return refused;
        }

        var origin = place is { HasHadSession: true } ? AdmissionOrigin.Known : OriginOfCaller(offer.From);
        if (!IsWithinRates(now, offer, origin))
        {
            return Dropped(AdmissionRefusal.Rate, "too many who are no friends of this node call it");
        }

        var isByApplication = offer.IsByApplication || _friends.Contains(offer.From);
        if (!isByApplication && !HasRoomInMesh(offer.From))
        {
            return Refused(now, offer.From, AdmissionRefusal.Degree, "the mesh of this node has links enough");
        }

        if (place is not null)
        {
            if (isByApplication)
            {
                NoteApplication(place);
            }

            return AdmissionDecision.Accepted;
        }

        if (!HasPlaceFor(origin))
        {
            return IsFullFor(origin)
                ? Refused(now, offer.From, AdmissionRefusal.NoPlace, $"this node keeps at most {_options.MaxPlaces} peers")
                : Dropped(AdmissionRefusal.NoPlace, "too many strangers are being let in just now");
        }

        return AskOrTake(new AdmissionQuestion(offer.From, offer.Via, AdmissionWish.Offer, origin, isByApplication));
    }

    /// <summary>The application has answered, or its time was over. Nothing where it was not asked, or no longer.</summary>
    public AdmissionDecision? Answer(Instant now, PeerId key, bool isAccepted, uint code)
    {
        if (!_questions.Remove(key, out var question))
        {
            return null;
        }

        if (!isAccepted)
        {
            _refused.Set(key, (now + AdmissionLimits.RefusalMemory, code));
            return new AdmissionDecision(AdmissionVerdict.Refuse, AdmissionRefusal.Application, "the application refused") { ApplicationCode = code };
        }

        if (!HasPlaceFor(question.Origin))
        {
            return Refused(now, key, AdmissionRefusal.NoPlace, $"this node keeps at most {_options.MaxPlaces} peers");
        }

        Take(question);
        return AdmissionDecision.Accepted;
    }

    /// <summary>
    /// Somebody refuses to be called by this node and names others. Those of them are returned that are to be called instead,
    /// for the mesh, or to be asked about; nothing where this node's application did not begin it, or all was tried.
    /// </summary>
    public IReadOnlyList<(PeerId Key, AdmissionVerdict Verdict)> Redirected(PeerId by, IReadOnlyList<PeerId> keys)
    {
        if (!_places.TryGetValue(by, out var place) || place.IsConnected || place.Journey is not { } journey)
        {
            return [];
        }

        List<(PeerId Key, AdmissionVerdict Verdict)> next = [];
        foreach (var key in keys.Take(AdmissionLimits.RedirectKeys))
        {
            if (_options.MeshDegree > MeshLinks + next.Count
                && key != Local && key != by && !_places.ContainsKey(key) && !_questions.ContainsKey(key) && !_refused.Contains(key)
                && HasPlaceFor(AdmissionOrigin.Mesh) && journey.TryVisit(key))
            {
                var decision = AskOrTake(new AdmissionQuestion(key, Via: null, AdmissionWish.Call, AdmissionOrigin.Mesh, IsByApplication: false) { Journey = journey });
                if (decision.Verdict is AdmissionVerdict.Accept or AdmissionVerdict.Ask)
                {
                    next.Add((key, decision.Verdict));
                }
            }
        }

        return next;
    }

    private AdmissionOrigin OriginOfCaller(PeerId key) =>
        _friends.Contains(key) ? AdmissionOrigin.Known : _known.Contains(key) ? AdmissionOrigin.Mesh : AdmissionOrigin.Stranger;

    private bool IsWithinRates(Instant now, AdmissionOffer offer, AdmissionOrigin origin)
    {
        if (origin <= AdmissionOrigin.Known)
        {
            return true;
        }

        if (offer.Via is { } via
            && (_introducers.Find(via) is not { } account || account.InProgress >= _limits.IntroducedInProgress || !account.Offers.TryTake(now)))
        {
            return false;
        }

        return origin == AdmissionOrigin.Mesh ? _mesh.TryTake(now) : _strangers.TryTake(now);
    }

    /// <summary>
    /// Whether the mesh takes a link to the key: up to its degree, and the nearest keys on the ring up to twice as many,
    /// so that no node is cut off.
    /// </summary>
    private bool HasRoomInMesh(PeerId key) =>
        MeshLinks < _options.AcceptedDegree || (MeshLinks < 2 * _options.AcceptedDegree && _known.IsNeighbour(key));

    /// <summary>Whom the application has called itself it need not be asked about.</summary>
    private AdmissionDecision AskOrTake(AdmissionQuestion question)
    {
        if (!AsksApplication || question.Origin <= AdmissionOrigin.Known)
        {
            Take(question);
            return AdmissionDecision.Accepted;
        }

        if (_questions.ContainsKey(question.Key))
        {
            return AdmissionDecision.Asked;
        }

        if (_questions.Count >= _limits.Questions)
        {
            return Dropped(AdmissionRefusal.Rate, "the application has too many callers to think about");
        }

        _questions.Add(question.Key, question);
        return AdmissionDecision.Asked;
    }

    private void Take(AdmissionQuestion question)
    {
        var account = question.Via is { } via && question.Origin > AdmissionOrigin.Known ? _introducers.Find(via) : null;
        var place = Add(question.Key, question.Origin, account, question.Wish == AdmissionWish.Inform);
        place.Journey = question.Journey;
        if (question.IsByApplication)
        {
            NoteApplication(place);
        }
    }

    private AdmissionDecision? IsRefused(Instant now, PeerId key)
    {
        if (!_refused.TryGet(key, out var refusal))
        {
            return null;
        }

        if (now >= refusal.Until)
        {
            _refused.Remove(key);
            return null;
        }

        return _refusals.TryTake(now)
            ? new AdmissionDecision(AdmissionVerdict.Refuse, AdmissionRefusal.Application, "the application refused it lately") { ApplicationCode = refusal.Code }
            : Dropped(AdmissionRefusal.Application, "the application refused it lately");
    }

    private AdmissionDecision Refused(Instant now, PeerId caller, AdmissionRefusal code, string reason) => _refusals.TryTake(now)
        ? new AdmissionDecision(AdmissionVerdict.Refuse, code, reason) { Redirect = RedirectOf(caller) }
        : Dropped(code, reason);

    /// <summary>
    /// The nearest that have room for a neighbour, as whoever is nearest to the caller will take it for one; where those are
    /// too few, the nearest others: they know further ones.
    /// </summary>
    private IReadOnlyList<PeerId> RedirectOf(PeerId caller)
    {
        var free = _known.Nearest(caller, AdmissionLimits.RedirectKeys, key => !_full.Contains(key));
        return free.Count == AdmissionLimits.RedirectKeys
            ? free
            : [.. free, .. _known.Nearest(caller, AdmissionLimits.RedirectKeys - free.Count, _full.Contains)];
    }

    private static AdmissionDecision Dropped(AdmissionRefusal code, string reason) => new(AdmissionVerdict.Drop, code, reason);

    private AdmissionDecision NoPlace() =>
        new(AdmissionVerdict.Refuse, AdmissionRefusal.NoPlace, $"this node keeps at most {_options.MaxPlaces} peers");
}
