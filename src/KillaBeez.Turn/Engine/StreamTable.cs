using KillaBeez.Turn.Quotas;

namespace KillaBeez.Turn.Engine;

/// <summary>
/// The TCP and TLS connections. Connecting costs a client nothing, so their number is bounded, in all and for each
/// source, and one that makes no allocation is closed after a while, however slowly it talks.
/// </summary>
internal sealed class StreamTable(TurnServerOptions options)
{
    private readonly Dictionary<FiveTuple, Instant> _deadlines = [];
    private readonly Dictionary<SourceKey, int> _bySource = [];

    public int Count => _deadlines.Count;

    public bool TryAdd(Instant now, FiveTuple tuple)
    {
        var source = SourceKey.Of(tuple.Client);
        var ofSource = _bySource.GetValueOrDefault(source);
        if (_deadlines.Count >= options.MaxStreams || ofSource >= options.MaxStreamsPerSource
            || !_deadlines.TryAdd(tuple, now.AddMs(TurnServerLimits.StreamWithoutAllocationMs)))
        {
            return false;
        }

        _bySource[source] = ofSource + 1;
        return true;
    }

    public void Remove(FiveTuple tuple)
    {
        if (!_deadlines.Remove(tuple))
        {
            return;
        }

        var source = SourceKey.Of(tuple.Client);
        if (--_bySource[source] == 0)
        {
            _bySource.Remove(source);
        }
    }

    /// <summary>An allocation keeps its stream open.</summary>
    public void Hold(FiveTuple tuple)
    {
        if (_deadlines.ContainsKey(tuple))
        {
            _deadlines[tuple] = Instant.Never;
        }
    }

    /// <summary>The allocation is gone; the client has some time to make another.</summary>
    public void LetGo(Instant now, FiveTuple tuple)
    {
        if (_deadlines.ContainsKey(tuple))
        {
            _deadlines[tuple] = now.AddMs(TurnServerLimits.StreamWithoutAllocationMs);
        }
    }

    /// <summary>Collects the streams whose time is over, without removing them.</summary>
    public void CollectOverdue(Instant now, List<FiveTuple> overdue)
    {
        foreach (var (tuple, deadline) in _deadlines)
        {
            if (deadline <= now)
            {
                overdue.Add(tuple);
            }
        }
    }
}
