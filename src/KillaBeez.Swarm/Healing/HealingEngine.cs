using KillaBeez.Swarm.Calls;

namespace KillaBeez.Swarm.Healing;

/// <summary>
/// Calls peers again that were lost, for as long as the node lives or until somebody lets go of them: with growing,
/// jittered pauses, and at once when there is a sign that the network is back. A pure state machine of one owner: poll
/// <see cref="TryPollCall"/> until false after every other call.
/// </summary>
internal sealed class HealingEngine
{
    private readonly IRandomSource _random;
    private readonly HealingLimits _limits;

    /// <summary>In the order of their keys: a simulation repeats it.</summary>
    private readonly SortedDictionary<PeerId, LostPeer> _lost = [];
    private readonly Queue<PeerId> _calls = new();
    private long _lastNumber;

    /// <param name="random">Where pauses are drawn from.</param>
    /// <param name="limits">The limits.</param>
    public HealingEngine(IRandomSource random, HealingLimits? limits = null)
    {
        _random = random;
        _limits = limits ?? HealingLimits.Default;
    }

    /// <summary>How many peers are lost and called again.</summary>
    public int Count => _lost.Count;

    public Instant NextTimeout
    {
        get
        {
            var next = Instant.Never;
            var isRoom = CallsUnderWay < _limits.CallsAtOnce;
            foreach (var peer in _lost.Values)
            {
                next = peer.IsCalled || isRoom ? Instant.Min(next, peer.NextAt) : next;
            }

            return next;
        }
    }

    private int CallsUnderWay => _lost.Values.Count(static peer => peer.IsCalled);

    public bool TryPollCall(out PeerId peer) => _calls.TryDequeue(out peer);

    /// <summary>A peer is connected. That one which was lost is back says that others may be.</summary>
    public void PeerUp(Instant now, PeerId key)
    {
        if (_lost.Remove(key))
        {
            Hurry(now);
        }
    }

    /// <summary>A peer was lost: its session ended though nobody wanted that.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="key">The peer.</param>
    /// <param name="hasTakenLeave">Whether it said that its node stops.</param>
    public void PeerLost(Instant now, PeerId key, bool hasTakenLeave)
    {
        if (_lost.Count >= _limits.Lost && !_lost.ContainsKey(key))
        {
            _lost.Remove(_lost.MinBy(static entry => entry.Value.Number).Key);
        }

        var peer = new LostPeer(++_lastNumber) { IsAbsent = hasTakenLeave };
        _lost[key] = peer;
        peer.NextAt = now + PauseOf(peer);
    }

    /// <summary>Nobody wants the peer back.</summary>
    public void LetGo(PeerId key) => _lost.Remove(key);

    /// <summary>A call to a peer has failed, whoever wanted it.</summary>
    public void CallFailed(Instant now, PeerId key, CallFailure failure)
    {
        if (failure == CallFailure.Refused)
        {
            LetGo(key);
        }
        else if (_lost.TryGetValue(key, out var peer))
        {
            peer.IsAbsent = failure == CallFailure.PeerUnknown;
            Wait(now, peer);
        }
    }

    /// <summary>An exchange is there again, or the machine's addresses have changed: everybody lost is called soon.</summary>
    public void Hurry(Instant now)
    {
        foreach (var peer in _lost.Values)
        {
            peer.Failures = 0;
            if (!peer.IsCalled)
            {
                peer.NextAt = Instant.Min(peer.NextAt, now + (_limits.HurryWithin * _random.NextDouble()));
            }
        }
    }

    public void HandleTimeout(Instant now)
    {
        foreach (var peer in _lost.Values.Where(peer => peer.IsCalled && peer.NextAt <= now))
        {
            Wait(now, peer);
        }

        var room = _limits.CallsAtOnce - CallsUnderWay;
        foreach (var (key, peer) in _lost.Where(entry => !entry.Value.IsCalled && entry.Value.NextAt <= now).OrderBy(entry => entry.Value.NextAt).Take(room).ToArray())
        {
            peer.IsCalled = true;
            peer.NextAt = now + _limits.CallLimit;
            _calls.Enqueue(key);
        }
    }

    private void Wait(Instant now, LostPeer peer)
    {
        peer.IsCalled = false;
        peer.Failures++;
        peer.NextAt = now + PauseOf(peer);
    }

    private TimeSpan PauseOf(LostPeer peer) =>
        GrowingPause.Draw(_limits.FirstPause, peer.IsAbsent ? _limits.LongestPauseOfAbsent : _limits.LongestPause, peer.Failures, _random);

    private sealed class LostPeer(long number)
    {
        /// <summary>Grows with each loss.</summary>
        public long Number { get; } = number;

        /// <summary>Whether its node seems to be down, and not the path to it.</summary>
        public bool IsAbsent { get; set; }

        public int Failures { get; set; }

        public bool IsCalled { get; set; }

        /// <summary>When it is called, or the call counts as failed.</summary>
        public Instant NextAt { get; set; }
    }
}
