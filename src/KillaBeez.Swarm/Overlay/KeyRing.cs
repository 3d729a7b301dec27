using System.Buffers.Binary;

namespace KillaBeez.Swarm.Overlay;

/// <summary>
/// Known keys on the ring of all keys: ordered as 256-bit numbers, the largest followed by the smallest. Knows who is
/// next to this node, and who is nearest to anybody. One owner; the order of what it returns is that of the keys.
/// </summary>
/// <param name="local">This node's key, which is never in the ring.</param>
/// <param name="neighbours">So many keys on either side of it are its neighbours.</param>
internal sealed class KeyRing(PeerId local, int neighbours)
{
    private readonly SortedSet<PeerId> _keys = [];
    private (PeerId Below, PeerId Above)? _bounds;

    /// <summary>The keys, rising.</summary>
    public IReadOnlyCollection<PeerId> Keys => _keys;

    public bool Contains(PeerId key) => _keys.Contains(key);

    /// <summary>False where the key is there already.</summary>
    public bool Add(PeerId key)
    {
        var isNew = key != local && _keys.Add(key);
        if (isNew)
        {
            _bounds = null;
        }

        return isNew;
    }

    /// <summary>False where the key is not there.</summary>
    public bool Remove(PeerId key)
    {
        var wasThere = _keys.Remove(key);
        if (wasThere)
        {
            _bounds = null;
        }

        return wasThere;
    }

    /// <summary>
    /// Whether the key, known or not, is among the nearest, going round the ring upwards or downwards from this node. If
    /// every node has its neighbours on the ring, nobody is cut off.
    /// </summary>
    public bool IsNeighbour(PeerId key)
    {
        if (_keys.Count <= neighbours * 2)
        {
            return true;
        }

        var (below, above) = _bounds ??= FindBounds();
        return IsOnTheWayUp(local, key, above) || IsOnTheWayUp(below, key, local) || key == below;
    }

    /// <summary>The known keys nearest to a key, whichever way round, the nearest first; not that key itself.</summary>
    /// <param name="to">The key.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="isWanted">Which of them count.</param>
    public IReadOnlyList<PeerId> Nearest(PeerId to, int count, Func<PeerId, bool> isWanted)
    {
        // So few are wanted that a place among the best is found by looking at each; a tie goes to the smaller key.
        var best = new List<(UInt128 High, UInt128 Low, PeerId Key)>(count + 1);
        foreach (var key in _keys)
        {
            if (key == to || !isWanted(key))
            {
                continue;
            }

            var (high, low) = Distance(key, to);
            var at = best.Count;
            while (at > 0 && (high, low).CompareTo((best[at - 1].High, best[at - 1].Low)) < 0)
            {
                at--;
            }

            if (at < count)
            {
                best.Insert(at, (high, low, key));
                if (best.Count > count)
                {
                    best.RemoveAt(count);
                }
            }
        }

        return [.. best.Select(found => found.Key)];
    }

    /// <summary>How far two keys are apart on the ring, by the shorter way, as two halves of a 256-bit number.</summary>
    internal static (UInt128 High, UInt128 Low) Distance(PeerId a, PeerId b)
    {
        var up = Difference(a, b);
        var down = Difference(b, a);
        return up.CompareTo(down) <= 0 ? up : down;
    }

    /// <summary>a - b modulo 2^256.</summary>
    private static (UInt128 High, UInt128 Low) Difference(PeerId a, PeerId b)
    {
        Span<byte> first = stackalloc byte[PeerId.SizeBytes];
        Span<byte> second = stackalloc byte[PeerId.SizeBytes];
        a.CopyTo(first);
        b.CopyTo(second);
        var (firstLow, secondLow) = (BinaryPrimitives.ReadUInt128BigEndian(first[16..]), BinaryPrimitives.ReadUInt128BigEndian(second[16..]));
        var borrow = firstLow < secondLow ? UInt128.One : UInt128.Zero;
        var high = unchecked(BinaryPrimitives.ReadUInt128BigEndian(first) - BinaryPrimitives.ReadUInt128BigEndian(second) - borrow);
        return (high, unchecked(firstLow - secondLow));
    }

    private (PeerId Below, PeerId Above) FindBounds()
    {
        // The known keys in the order in which they are met going up from ours.
        List<PeerId> order = [.. _keys.Where(key => key > local), .. _keys.Where(key => key < local)];
        return (order[^neighbours], order[neighbours - 1]);
    }

    /// <summary>Whether <paramref name="key"/> is met on the way up from <paramref name="from"/> to <paramref name="to"/>, the end included.</summary>
    private static bool IsOnTheWayUp(PeerId from, PeerId key, PeerId to) =>
        from < to ? key > from && key <= to : key > from || key <= to;
}
