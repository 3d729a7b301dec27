using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Rx;

internal enum TsnArrival
{
    /// <summary>New, and the next one: the cumulative TSN advances.</summary>
    Next,

    /// <summary>New, above a gap.</summary>
    AboveGap,

    Duplicate,

    /// <summary>Too far ahead to be held.</summary>
    OutOfWindow,
}

/// <summary>
/// Which TSNs have arrived: the cumulative TSN, the ranges above it in ascending order, and the duplicates
/// since the last SACK (RFC 9260 section 6.2).
/// </summary>
internal sealed class TsnTracker(Tsn initialTsn)
{
    private readonly Tsn[] _duplicates = new Tsn[SctpLimits.MaxDuplicatesReported];
    private Range[] _ranges = new Range[8];
    private int _rangeCount;
    private int _duplicateCount;

    /// <summary>Everything up to and including this TSN has arrived.</summary>
    public Tsn Cumulative { get; private set; } = initialTsn.Previous;

    public bool HasGap => _rangeCount > 0;

    public int RangeCount => _rangeCount;

    public ReadOnlySpan<Tsn> Duplicates => _duplicates.AsSpan(0, _duplicateCount);

    public TsnArrival Classify(Tsn tsn)
    {
        var offset = tsn.DistanceFrom(Cumulative);
        if (offset == 1)
        {
            return TsnArrival.Next;
        }

        if (offset <= 0)
        {
            return TsnArrival.Duplicate;
        }

        if (offset > SctpLimits.MaxTsnOffset)
        {
            return TsnArrival.OutOfWindow;
        }

        var index = FindAtOrBefore(tsn);
        return index >= 0 && tsn <= _ranges[index].End ? TsnArrival.Duplicate : TsnArrival.AboveGap;
    }

    public void AddDuplicate(Tsn tsn)
    {
        if (_duplicateCount < _duplicates.Length)
        {
            _duplicates[_duplicateCount++] = tsn;
        }
    }

    public void ClearDuplicates() => _duplicateCount = 0;

    /// <summary>Notes the TSN after <see cref="Cumulative"/>, which moves over it and what follows without a gap.</summary>
    public void AddNext()
    {
        Cumulative = Cumulative.Next;
        Absorb();
    }

    /// <summary>Notes a TSN above a gap; false where it would open one range too many.</summary>
    public bool TryAddAboveGap(Tsn tsn)
    {
        var before = FindAtOrBefore(tsn);
        var after = before + 1;
        var joinsBefore = before >= 0 && _ranges[before].End.Next == tsn;
        var joinsAfter = after < _rangeCount && tsn.Next == _ranges[after].Start;
        if (joinsBefore && joinsAfter)
        {
            _ranges[before] = _ranges[before] with { End = _ranges[after].End };
            RemoveAt(after);
        }
        else if (joinsBefore)
        {
            _ranges[before] = _ranges[before] with { End = tsn };
        }
        else if (joinsAfter)
        {
            _ranges[after] = _ranges[after] with { Start = tsn };
        }
        else
        {
            return TryInsertAt(after, new Range(tsn, tsn));
        }

        return true;
    }

    /// <summary>Takes everything up to <paramref name="tsn"/> as arrived (FORWARD-TSN).</summary>
    public void AdvanceTo(Tsn tsn)
    {
        if (tsn <= Cumulative)
        {
            return;
        }

        Cumulative = tsn;
        Absorb();
    }

    /// <summary>Writes the first ranges as gap blocks and returns how many.</summary>
    public int FillGapBlocks(Span<GapBlock> blocks)
    {
        var count = Math.Min(_rangeCount, blocks.Length);
        for (var i = 0; i < count; i++)
        {
            blocks[i] = new GapBlock(
                (ushort)_ranges[i].Start.DistanceFrom(Cumulative),
                (ushort)_ranges[i].End.DistanceFrom(Cumulative));
        }

        return count;
    }

    private void Absorb()
    {
        var passed = 0;
        while (passed < _rangeCount && _ranges[passed].Start <= Cumulative.Next)
        {
            if (_ranges[passed].End > Cumulative)
            {
                Cumulative = _ranges[passed].End;
            }

            passed++;
        }

        if (passed > 0)
        {
            _ranges.AsSpan(passed, _rangeCount - passed).CopyTo(_ranges);
            _rangeCount -= passed;
        }
    }

    /// <summary>The index of the last range that starts at or before a TSN, or -1.</summary>
    private int FindAtOrBefore(Tsn tsn)
    {
        var low = 0;
        var high = _rangeCount - 1;
        if (high >= 0 && _ranges[high].Start <= tsn)
        {
            return high;
        }

        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_ranges[middle].Start <= tsn)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    private bool TryInsertAt(int index, Range range)
    {
        if (_rangeCount >= SctpLimits.MaxGapRanges)
        {
            return false;
        }

        if (_rangeCount == _ranges.Length)
        {
            Array.Resize(ref _ranges, _ranges.Length * 2);
        }

        _ranges.AsSpan(index, _rangeCount - index).CopyTo(_ranges.AsSpan(index + 1));
        _ranges[index] = range;
        _rangeCount++;
        return true;
    }

    private void RemoveAt(int index)
    {
        _ranges.AsSpan(index + 1, _rangeCount - index - 1).CopyTo(_ranges.AsSpan(index));
        _rangeCount--;
    }

    private readonly record struct Range(Tsn Start, Tsn End);
}
