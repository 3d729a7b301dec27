namespace KillaBeez.Swarm.Gossip;

/// <summary>
/// Tells connected peers whom this node is connected to and how far they are, learns the same from them, and says
/// whom to call so that everybody gets connected (docs/protocol/mesh.md, "Gossip"). A pure state machine: poll
/// messages and events after every call until there are none. Messages that cannot be delivered may be dropped:
/// the gap shows at the next one.
/// </summary>
internal sealed partial class GossipEngine
{
    private readonly KeyPair _key;
    private readonly GossipOptions _options;
    private readonly TimerTable<Timer> _timers = new();
    private readonly Dictionary<PeerId, GossipPeer> _peers = [];
    private readonly SortedDictionary<PeerId, ushort> _told = [];
    private readonly Queue<(PeerId To, byte[] Message)> _outgoing = [];
    private readonly Queue<GossipEvent> _events = [];
    private readonly MeshDiscovery _discovery;
    private readonly Func<PeerId, IReadOnlyList<PeerId>, int, PeerId> _chooseVia;
    private GossipStatistics _statistics;
    private ulong _version;
    private ulong _signedVersion;
    private byte[] _canonical = [];
    private byte[] _signature = [];
    private Instant _flushedAt = Instant.Zero;

    /// <summary>Until when the deltas told so far would last, had they been told one each coalesce time.</summary>
    private Instant _paidUntil = Instant.Zero;
    private bool _hasFlushed;

    /// <param name="key">This node's key, which signs its maps; not disposed here.</param>
    /// <param name="options">Degree, times and limits.</param>
    /// <param name="random">For jitter.</param>
    public GossipEngine(KeyPair key, GossipOptions options, IRandomSource random)
    {
        _key = key;
        _options = options;
        _discovery = new MeshDiscovery(key.Id, options, random);
        _chooseVia = ChooseVia;
    }

    private enum Timer
    {
        Flush,
        Rtt,
        Digest,
    }

    public GossipStatistics Statistics => _statistics;

    public Instant NextTimeout => Instant.Min(_timers.Next, _discovery.NextTimeout);

    /// <summary>A session with the peer has begun. Its whole map follows; a map of an earlier session is forgotten.</summary>
    public void PeerConnected(Instant now, PeerId id)
    {
        PeerDisconnected(now, id);
        if (id == _key.Id || _peers.Count >= Math.Max(_options.Limits.Peers, 2 * _options.AcceptedDegree))
        {
            return;
        }

        _peers.Add(id, new GossipPeer(id, new TokenBucket(_options.Limits.MessageBurst, _options.Limits.MessagesPerSecond)));
        _discovery.Connected(id);
        _timers.SetIfIdle(Timer.Digest, now + _options.DigestInterval);
        FlushSoon(now);
        Pump(now);
    }

    /// <summary>The session with the peer is over; what it told counts no longer. Nothing happens where there was none.</summary>
    public void PeerDisconnected(Instant now, PeerId id)
    {
        if (!_peers.Remove(id, out var peer))
        {
            return;
        }

        ForgetMap(peer);
        _discovery.Disconnected(now, id);
        _events.Enqueue(new GossipEvent(GossipEventKind.MapChanged, id, default));
        FlushSoon(now);
        Pump(now);
    }

    /// <summary>The round trip to a connected peer. Peers are told of considerable changes only, and not at once.</summary>
    public void RttMeasured(Instant now, PeerId id, TimeSpan rtt)
    {
        if (!_peers.TryGetValue(id, out var peer))
        {
            return;
        }

        peer.RttCode = NetworkMapEntry.CodeOf(rtt);
        if (!_told.TryGetValue(id, out var told) || told == NetworkMapEntry.UnknownRtt || IsConsiderable(told, peer.RttCode))
        {
            _timers.SetIfIdle(Timer.Rtt, Instant.Max(now, _flushedAt + _options.RttInterval));
        }
    }

    /// <summary>A call with this key is under way (an offer was sent or has come): it need not be wanted again soon.</summary>
    public void CallInProgress(Instant now, PeerId id)
    {
        _discovery.CallInProgress(now, id);
        Pump(now);
    }

    /// <summary>A wanted call came to nothing: another attempt follows after a pause, through another peer if there is one.</summary>
    public void CallFailed(Instant now, PeerId id)
    {
        _discovery.CallFailed(now, id);
        Pump(now);
    }

    public void HandleTimeout(Instant now)
    {
        while (_timers.TryTakeDue(now, out var timer))
        {
            switch (timer)
            {
                case Timer.Digest:
                    SendDigest();
                    if (_peers.Count > 0)
                    {
                        _timers.Set(Timer.Digest, now + _options.DigestInterval);
                    }

                    break;
                default:
                    Flush(now);
                    break;
            }
        }

        Pump(now);
    }

    /// <summary>One message for the peer's gossip substream. The array may be shared by several; nobody writes to it.</summary>
    public bool TryPollTransmit(out PeerId to, out byte[] message)
    {
        while (_outgoing.TryDequeue(out var next))
        {
            if (_peers.ContainsKey(next.To))
            {
                (to, message) = next;
                _statistics.MessagesSent++;
                _statistics.BytesSent += message.Length;
                return true;
            }
        }

        (to, message) = (default, []);
        return false;
    }

    public bool TryPollEvent(out GossipEvent e) => _events.TryDequeue(out e);

    /// <summary>Tells small noise from news: a quarter of the value, and at least 2 ms.</summary>
    private static bool IsConsiderable(ushort told, ushort measured) =>
        Math.Abs(told - measured) > Math.Max(20, told / 4);

    private void FlushSoon(Instant now)
    {
        var next = NextFlush();
        if (now >= next)
        {
            Flush(now);
        }
        else
        {
            _timers.SetIfIdle(Timer.Flush, next);
        }
    }

    /// <summary>When the next delta may go out: a burst of them close together, then one each coalesce time.</summary>
    private Instant NextFlush()
    {
        if (!_hasFlushed)
        {
            return Instant.Zero;
        }

        var burst = _options.CoalesceTime * (_options.DeltaBurst - 1);
        return Instant.Max(_flushedAt + _options.LeastCoalesceTime, _paidUntil - burst);
    }

    /// <summary>
    /// Makes one new version of all that changed and sends it: as a delta, the same bytes for all, or whole to who
    /// has none yet.
    /// </summary>
    private void Flush(Instant now)
    {
        _timers.Clear(Timer.Flush);
        _timers.Clear(Timer.Rtt);
        var delta = TakeChanges();
        if (delta is not null)
        {
            _flushedAt = now;
            _paidUntil = Instant.Max(now, _paidUntil) + _options.CoalesceTime;
            _hasFlushed = true;
        }

        byte[]? deltaBytes = null;
        byte[]? wholeBytes = null;
        foreach (var peer in _peers.Values)
        {
            if (peer.NeedsWhole)
            {
                peer.NeedsWhole = false;
                peer.WholeSentAt = now;
                _outgoing.Enqueue((peer.Id, wholeBytes ??= WholeMap()));
            }
            else if (delta is not null)
            {
                _outgoing.Enqueue((peer.Id, deltaBytes ??= delta.ToBytes()));
            }
        }
    }

    /// <summary>Brings what is told up to date; null where nothing has changed.</summary>
    private NetworkMapDelta? TakeChanges()
    {
        List<NetworkMapEntry> set = [];
        List<PeerId> removed = [];
        foreach (var id in _told.Keys)
        {
            if (!_peers.ContainsKey(id))
            {
                removed.Add(id);
            }
        }

        foreach (var id in removed)
        {
            _told.Remove(id);
        }

        foreach (var peer in _peers.Values)
        {
            var isTold = _told.TryGetValue(peer.Id, out var told);
            var isNews = !isTold || (told != peer.RttCode && (told == NetworkMapEntry.UnknownRtt || IsConsiderable(told, peer.RttCode)));
            if (isNews && (isTold || _told.Count < GossipLimits.EntriesPerMap))
            {
                _told[peer.Id] = peer.RttCode;
                set.Add(new NetworkMapEntry(peer.Id, peer.RttCode));
            }
        }

        if (set.Count == 0 && removed.Count == 0)
        {
            return null;
        }

        _version++;
        set.Sort(static (a, b) => a.Peer.CompareTo(b.Peer));
        return new NetworkMapDelta(_options.Incarnation, _version, [.. set], [.. removed]);
    }

    private byte[] WholeMap()
    {
        EnsureSigned();
        return NetworkMapMessage.ToBytes(_canonical, _signature);
    }

    private void SendDigest()
    {
        byte[]? bytes = null;
        foreach (var peer in _peers.Values)
        {
            // Who is still to be sent the whole map learns nothing from its digest.
            if (!peer.NeedsWhole)
            {
                EnsureSigned();
                bytes ??= new NetworkMapDigest(_key.Id, _options.Incarnation, _version, _signature).ToBytes();
                _outgoing.Enqueue((peer.Id, bytes));
            }
        }
    }

    private void EnsureSigned()
    {
        if (_signedVersion == _version && _signature.Length > 0)
        {
            return;
        }

        var entries = new NetworkMapEntry[_told.Count];
        var i = 0;
        foreach (var (peer, rtt) in _told)
        {
            entries[i++] = new NetworkMapEntry(peer, rtt);
        }

        _canonical = NetworkMapMessage.Canonical(_key.Id, _options.Incarnation, _version, entries);
        _signature = new byte[NetworkMapMessage.SignatureBytes];
        _key.Sign(SignaturePurpose.NetworkMap, _canonical, _signature);
        _signedVersion = _version;
        _statistics.MapsSigned++;
    }

    private void Pump(Instant now) => _discovery.Pump(now, _chooseVia, _events);

    /// <summary>The nearest way to the target first; with every failure the next.</summary>
    private PeerId ChooseVia(PeerId target, IReadOnlyList<PeerId> vias, int attempts)
    {
        if (vias.Count == 1)
        {
            return vias[0];
        }

        var byDistance = vias.OrderBy(via => DistanceThrough(via, target)).ThenBy(via => via);
        return byDistance.ElementAt(attempts % vias.Count);
    }

    private int DistanceThrough(PeerId via, PeerId target) =>
        _peers.TryGetValue(via, out var peer) && peer.Map.TryGetValue(target, out var rest) ? peer.RttCode + rest : int.MaxValue;
}
