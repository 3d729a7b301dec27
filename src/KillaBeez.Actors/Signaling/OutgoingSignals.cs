using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Signaling;

/// <summary>
/// The signals under way from this node, and the ways each has not gone yet: the peer that told of the receiver,
/// then the exchanges, then peers that are connected to the receiver. When one way fails the next is taken.
/// </summary>
internal sealed class OutgoingSignals
{
    private const int MaxUnderWay = 4096;

    private readonly Dictionary<SignalId, Entry> _entries = [];

    public int Count => _entries.Count;

    public Entry? Add(Instant now, SealedSignal signal, SignalCallId call, PeerId? via, TimeSpan lifetime)
    {
        Expire(now);
        if (_entries.Count >= MaxUnderWay)
        {
            return null;
        }

        var entry = new Entry(signal, call, via, now + lifetime);
        _entries[signal.Id] = entry;
        return entry;
    }

    public Entry? Find(SignalId id) => _entries.GetValueOrDefault(id);

    public void Remove(Entry entry) => _entries.Remove(entry.Signal.Id);

    /// <summary>The signals that found no way yet and wait for an exchange.</summary>
    public IReadOnlyList<Entry> Waiting() => [.. _entries.Values.Where(e => e.IsWaiting)];

    private void Expire(Instant now)
    {
        if (_entries.Count < MaxUnderWay / 2)
        {
            return;
        }

        foreach (var (id, entry) in _entries)
        {
            if (entry.Deadline <= now)
            {
                _entries.Remove(id);
            }
        }
    }

    /// <summary>One signal and where it has been.</summary>
    internal sealed class Entry(SealedSignal signal, SignalCallId call, PeerId? via, Instant deadline)
    {
        public SealedSignal Signal { get; } = signal;

        public SignalCallId Call { get; } = call;

        /// <summary>The peer to try first; null once tried.</summary>
        public PeerId? Via { get; set; } = via;

        public Instant Deadline { get; } = deadline;

        /// <summary>The next exchange to try.</summary>
        public int NextExchange { get; set; }

        /// <summary>Peers connected to the receiver, still to be tried; null until gossip was asked.</summary>
        public Queue<PeerId>? Carriers { get; set; }

        /// <summary>No way is open; an exchange may become ready.</summary>
        public bool IsWaiting { get; set; }

        /// <summary>What the failure of the last way says about the call.</summary>
        public CallFailure Failure { get; set; } = CallFailure.NoRoute;

        /// <summary>Why the last way failed.</summary>
        public string LastFailure { get; set; } = "there is no signal exchange and no connected peer that could carry the call";
    }
}
