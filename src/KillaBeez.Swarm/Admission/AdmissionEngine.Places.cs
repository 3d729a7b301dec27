namespace KillaBeez.Swarm.Admission;

/// <content>Who has a place, on whose account, and what gossip knows.</content>
internal sealed partial class AdmissionEngine
{
    private int _strangersInProgress;

    /// <summary>Places of the mesh's and of strangers, connected or not.</summary>
    private int _others;

    /// <summary>A session with the key has begun: it is who it says it is.</summary>
    public void PeerUp(PeerId key)
    {
        if (_places.TryGetValue(key, out var place) && !place.IsConnected)
        {
            Settle(place);
            place.IsConnected = place.HasHadSession = true;
            place.Journey = null;
            MeshLinks += place.IsByApplication ? 0 : 1;
        }
    }

    /// <summary>The session with the key is over.</summary>
    public void PeerDown(PeerId key)
    {
        if (_places.TryGetValue(key, out var place) && place.IsConnected)
        {
            place.IsConnected = false;
            MeshLinks -= place.IsByApplication ? 0 : 1;
        }
    }

    /// <summary>Nothing is under way with the key.</summary>
    /// <returns>Whether its state is of no more use: it never had a session whose end would be worth remembering.</returns>
    public bool Quiet(PeerId key)
    {
        if (!_places.TryGetValue(key, out var place) || place.IsConnected)
        {
            return false;
        }

        Settle(place);
        return !place.HasHadSession;
    }

    /// <summary>The key's state is gone, and its place free.</summary>
    public void Removed(PeerId key)
    {
        PeerDown(key);
        if (_places.Remove(key, out var place))
        {
            Settle(place);
            _others -= IsOther(place.Origin) ? 1 : 0;
        }
    }

    /// <summary>Gossip knows a key, or knows something new of it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hasRoom">Whether it may take further links, as far as that is known.</param>
    public void Learned(PeerId key, bool hasRoom)
    {
        if (!_known.Contains(key) && (_known.Keys.Count >= _limits.KnownKeys || !_known.Add(key)))
        {
            return;
        }

        if (hasRoom)
        {
            _full.Remove(key);
        }
        else
        {
            _full.Add(key);
        }
    }

    /// <summary>Gossip knows a key no more.</summary>
    public void Forgotten(PeerId key)
    {
        _known.Remove(key);
        _full.Remove(key);
    }

    /// <summary>Whether a new place may be taken. Strangers that are on their way in have a smaller share than those who are in.</summary>
    private bool HasPlaceFor(AdmissionOrigin origin) =>
        !IsFullFor(origin) && (origin != AdmissionOrigin.Stranger || _strangersInProgress < StrangersShare);

    private int StrangersShare =>
        Math.Min(AdmissionLimits.StrangersInProgress, Math.Max(1, _options.MaxPlaces / AdmissionLimits.StrangersShareOfPlaces));

    /// <summary>Whether all places for such as it are taken, also by those who will stay.</summary>
    private bool IsFullFor(AdmissionOrigin origin)
    {
        var reserve = _options.MaxPlaces > 1 ? Math.Max(1, _options.MaxPlaces / AdmissionLimits.FriendsShareOfPlaces) : 0;
        return _places.Count >= _options.MaxPlaces || (IsOther(origin) && _others >= _options.MaxPlaces - reserve);
    }

    private static bool IsOther(AdmissionOrigin origin) => origin > AdmissionOrigin.Known;

    private Place Add(PeerId key, AdmissionOrigin origin, Introducers.Account? account, bool isInform = false)
    {
        var place = new Place { Origin = origin, Account = account, IsInformed = isInform && account is not null };
        _places.Add(key, place);
        _others += IsOther(origin) ? 1 : 0;
        _strangersInProgress += origin == AdmissionOrigin.Stranger ? 1 : 0;
        if (account is not null)
        {
            account.InProgress++;
            account.Informed += place.IsInformed ? 1 : 0;
        }

        return place;
    }

    /// <summary>The key is no longer on its way in: it no longer counts against who brought it.</summary>
    private void Settle(Place place)
    {
        if (place.IsSettled)
        {
            return;
        }

        place.IsSettled = true;
        _strangersInProgress -= place.Origin == AdmissionOrigin.Stranger ? 1 : 0;
        if (place.Account is { } account)
        {
            account.InProgress--;
            account.Informed -= place.IsInformed ? 1 : 0;
            place.Account = null;
        }
    }

    /// <summary>Whoever holds the place has a better claim to it than so far.</summary>
    private void Promote(Place place, AdmissionOrigin origin)
    {
        if (origin < place.Origin)
        {
            Settle(place);
            _others -= IsOther(place.Origin) && !IsOther(origin) ? 1 : 0;
            place.Origin = origin;
        }
    }

    /// <summary>An application wants the link, at this side or the other: the mesh's degree no longer counts it.</summary>
    private void NoteApplication(Place place)
    {
        if (!place.IsByApplication)
        {
            place.IsByApplication = true;
            MeshLinks -= place.IsConnected ? 1 : 0;
        }
    }

    /// <summary>What is known of a key that has a place.</summary>
    private sealed class Place
    {
        public required AdmissionOrigin Origin { get; set; }

        /// <summary>Who brought it, until it has settled.</summary>
        public Introducers.Account? Account { get; set; }

        /// <summary>It is called because a peer wanted that.</summary>
        public bool IsInformed { get; init; }

        public bool IsConnected { get; set; }

        public bool HasHadSession { get; set; }

        public bool IsByApplication { get; set; }

        /// <summary>It is authenticated, or nothing is under way with it.</summary>
        public bool IsSettled { get; set; }

        /// <summary>Where the application's call leads if the key refuses it.</summary>
        public AdmissionJourney? Journey { get; set; }
    }
}
