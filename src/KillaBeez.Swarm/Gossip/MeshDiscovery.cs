using KillaBeez.Swarm.Overlay;

namespace KillaBeez.Swarm.Gossip;

/// <summary>
/// Decides which of the keys that peers name shall be connected to, when and through whom: the larger key calls,
/// the smaller one waits a little and then asks to be called. Failures are repeated with growing pauses and
/// through another peer each time.
/// </summary>
internal sealed class MeshDiscovery(PeerId local, GossipOptions options, IRandomSource random)
{
    private readonly Dictionary<PeerId, Target> _targets = [];
    private readonly HashSet<PeerId> _connected = [];
    private readonly KeyRing _known = new(local, options.RingNeighbours);
    private readonly Dictionary<PeerId, int> _callsThrough = [];

    /// <summary>
    /// Calls under way whose key nobody names any more. They count on: a peer that replaces its map again and again
    /// would else have more and more invented keys called at once.
    /// </summary>
    private readonly Dictionary<PeerId, (PeerId Via, Instant Until)> _orphanedCalls = [];
    private bool _isDirty;

    /// <summary>When <see cref="Pump"/> is to be called, if not earlier.</summary>
    public Instant NextTimeout { get; private set; } = Instant.Never;

    public int TargetCount => _targets.Count;

    /// <summary>All keys but our own that are connected or named by a peer.</summary>
    public IReadOnlyCollection<PeerId> Known => _known.Keys;

    public bool IsKnown(PeerId key) => _known.Contains(key);

    /// <summary>Keys that have become known, or are known no more, in order; whoever wants to know takes them out.</summary>
    public Queue<(PeerId Key, bool IsKnown)> KnownChanges { get; } = [];

    public IReadOnlyCollection<PeerId> Vias(PeerId target) => _targets.TryGetValue(target, out var found) ? found.Vias : [];

    /// <summary>A peer names a key.</summary>
    public void Listed(Instant now, PeerId key, PeerId via)
    {
        if (key == local)
        {
            return;
        }

        if (!_targets.TryGetValue(key, out var target))
        {
            if (_targets.Count >= options.Limits.Targets)
            {
                return;
            }

            target = new Target(key, now + (key < local ? TimeSpan.Zero : Jittered(options.InformDelay)));
            if (_orphanedCalls.Remove(key, out var call))
            {
                (target.CalledVia, target.NextAt) = (call.Via, call.Until);
            }

            _targets.Add(key, target);
            AddKnown(key);
        }

        if (!target.Vias.Contains(via))
        {
            target.Vias.Add(via);
            if (target.Attempts >= options.AttemptsPerTarget)
            {
                target.Attempts = options.AttemptsPerTarget - 1;
                target.NextAt = now;
            }
        }

        _isDirty |= !_connected.Contains(key);
    }

    /// <summary>A peer no longer names a key.</summary>
    public void Unlisted(PeerId key, PeerId via)
    {
        if (_targets.TryGetValue(key, out var target) && target.Vias.Remove(via) && target.Vias.Count == 0)
        {
            _targets.Remove(key);
            if (!_connected.Contains(key))
            {
                if (target.CalledVia is { } calledVia)
                {
                    _orphanedCalls[key] = (calledVia, target.NextAt);
                }

                RemoveKnown(key);
                _isDirty = true;
            }
        }
    }

    public void Connected(PeerId key)
    {
        _connected.Add(key);
        _orphanedCalls.Remove(key);
        AddKnown(key);
        _isDirty = true;
        if (_targets.TryGetValue(key, out var target))
        {
            target.Attempts = 0;
            target.CalledVia = null;
        }
    }

    public void Disconnected(Instant now, PeerId key)
    {
        _connected.Remove(key);
        _isDirty = true;
        if (!_targets.TryGetValue(key, out var target))
        {
            RemoveKnown(key);
            return;
        }

        // Most often the node is gone and the others' maps will say so soon.
        target.NextAt = now + Jittered(key < local ? options.FirstBackoff : options.FirstBackoff + options.InformDelay);
    }

    /// <summary>A call with the key is under way, whoever began it.</summary>
    public void CallInProgress(Instant now, PeerId key)
    {
        if (_targets.TryGetValue(key, out var target))
        {
            target.NextAt = now + options.CallPatience;
            _isDirty = true;
        }
    }

    public void CallFailed(Instant now, PeerId key)
    {
        _isDirty |= _orphanedCalls.Remove(key);
        if (_targets.TryGetValue(key, out var target))
        {
            target.CalledVia = null;
            target.NextAt = now + Backoff(target.Attempts);
            _isDirty = true;
        }
    }

    /// <summary>Says which calls and informs are due. Costs a look at every target, but only when something changed or is due.</summary>
    public void Pump(Instant now, Func<PeerId, IReadOnlyList<PeerId>, int, PeerId> chooseVia, Queue<GossipEvent> events)
    {
        if (!_isDirty && now < NextTimeout)
        {
            return;
        }

        _isDirty = false;
        NextTimeout = Instant.Never;
        var calls = CountCalls(now);
        foreach (var target in _targets.Values)
        {
            if (_connected.Contains(target.Key))
            {
                continue;
            }

            if (target.NextAt > now)
            {
                NextTimeout = Instant.Min(NextTimeout, target.NextAt);
                continue;
            }

            if (!WantsBesides(target.Key, calls))
            {
                continue;
            }

            Try(now, target, chooseVia(target.Key, target.Vias, target.Attempts), ref calls, events);
        }
    }

    private void Try(Instant now, Target target, PeerId via, ref int calls, Queue<GossipEvent> events)
    {
        if (target.Key > local)
        {
            target.Attempts++;
            target.NextAt = now + Backoff(target.Attempts);
            NextTimeout = Instant.Min(NextTimeout, target.NextAt);
            events.Enqueue(new GossipEvent(GossipEventKind.InformWanted, target.Key, via));
            return;
        }

        if (calls >= options.Limits.CallsAtOnce || _callsThrough.GetValueOrDefault(via) >= options.Limits.CallsAtOncePerVia)
        {
            // A call that ends makes this dirty again; where none reports its end, its patience runs out.
            return;
        }

        calls++;
        _callsThrough[via] = _callsThrough.GetValueOrDefault(via) + 1;
        target.Attempts++;
        target.CalledVia = via;
        target.NextAt = now + options.CallPatience;
        NextTimeout = Instant.Min(NextTimeout, target.NextAt);
        events.Enqueue(new GossipEvent(GossipEventKind.CallWanted, target.Key, via));
    }

    private int CountCalls(Instant now)
    {
        _callsThrough.Clear();
        var calls = CountOrphanedCalls(now);
        foreach (var target in _targets.Values)
        {
            if (target.CalledVia is not { } via)
            {
                continue;
            }

            if (target.NextAt <= now)
            {
                // Nobody told how it ended.
                target.CalledVia = null;
                target.NextAt = now + Backoff(target.Attempts);
                continue;
            }

            calls++;
            _callsThrough[via] = _callsThrough.GetValueOrDefault(via) + 1;
        }

        return calls;
    }

    private int CountOrphanedCalls(Instant now)
    {
        foreach (var (key, call) in _orphanedCalls)
        {
            if (call.Until <= now)
            {
                // Nobody told how it ended.
                _orphanedCalls.Remove(key);
                continue;
            }

            NextTimeout = Instant.Min(NextTimeout, call.Until);
            _callsThrough[call.Via] = _callsThrough.GetValueOrDefault(call.Via) + 1;
        }

        return _orphanedCalls.Count;
    }

    private bool WantsBesides(PeerId key, int calls) =>
        _connected.Count + calls < options.MeshDegree || IsWantedNeighbour(key);

    /// <summary>
    /// Neighbours are wanted beyond the degrees, but not without end: who is a neighbour changes with what is known.
    /// </summary>
    private bool IsWantedNeighbour(PeerId key) => _connected.Count < 2 * options.AcceptedDegree && _known.IsNeighbour(key);

    private void AddKnown(PeerId key)
    {
        if (_known.Add(key))
        {
            KnownChanges.Enqueue((key, true));
        }
    }

    private void RemoveKnown(PeerId key)
    {
        if (_known.Remove(key))
        {
            KnownChanges.Enqueue((key, false));
        }
    }

    private TimeSpan Backoff(int attempts)
    {
        if (attempts >= options.AttemptsPerTarget)
        {
            return Jittered(options.LongBackoff);
        }

        var grown = options.FirstBackoff * Math.Pow(2, Math.Clamp(attempts - 1, 0, 20));
        return Jittered(grown < options.MaxBackoff ? grown : options.MaxBackoff);
    }

    private TimeSpan Jittered(TimeSpan time) => time * (0.75 + (random.NextDouble() / 2));

    private sealed class Target(PeerId key, Instant nextAt)
    {
        public PeerId Key { get; } = key;

        /// <summary>Connected peers that name it.</summary>
        public List<PeerId> Vias { get; } = [];

        public Instant NextAt { get; set; } = nextAt;

        public int Attempts { get; set; }

        /// <summary>Set while a call that we wanted is under way.</summary>
        public PeerId? CalledVia { get; set; }
    }
}
