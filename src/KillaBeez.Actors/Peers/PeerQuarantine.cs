namespace KillaBeez.Actors.Peers;

/// <summary>
/// Remembers which peers' actors failed, and for how long they get no new one: nothing after the first failure,
/// then twice as long each time, until a quiet hour forgives.
/// </summary>
internal sealed class PeerQuarantine
{
    private const int MaxRemembered = 4096;
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _forgivenAfter = TimeSpan.FromHours(1);

    private readonly Dictionary<PeerId, (int Failures, Instant Last)> _failures = [];

    /// <summary>Remembers one more; returns how many there were in a row, and for how long the peer gets no new actor.</summary>
    public (int Failures, TimeSpan Duration) NoteFailure(Instant now, PeerId peer)
    {
        if (_failures.Count >= MaxRemembered && !_failures.ContainsKey(peer))
        {
            _failures.Remove(_failures.MinBy(f => f.Value.Last).Key);
        }

        var failures = _failures.TryGetValue(peer, out var known) && now - known.Last < _forgivenAfter ? known.Failures : 0;
        failures++;
        _failures[peer] = (failures, now);
        return (failures, Duration(failures));
    }

    public bool IsQuarantined(Instant now, PeerId peer) =>
        _failures.TryGetValue(peer, out var known) && now - known.Last < Duration(known.Failures);

    private static TimeSpan Duration(int failures)
    {
        if (failures < 2)
        {
            return TimeSpan.Zero;
        }

        var doublings = Math.Min(failures - 2, 16);
        return TimeSpan.FromTicks(Math.Min(_first.Ticks << doublings, _longest.Ticks));
    }
}
