using System.Numerics;

namespace KillaBeez.WebRtc.Sctp;

/// <summary>
/// Values indexed by TSN over a sliding window. The array is a power of two and grows by doubling, so looking
/// a TSN up is one mask; what slides out of the window is cleared by the owner.
/// </summary>
internal sealed class TsnRing<T>(int initialCapacity)
    where T : struct
{
    private T[] _items = new T[BitOperations.RoundUpToPowerOf2((uint)initialCapacity)];

    /// <summary>All values, in no order.</summary>
    public Span<T> Items => _items;

    public ref T this[Tsn tsn] => ref _items[tsn.Value & (uint)(_items.Length - 1)];

    /// <summary>Makes room for a window of <paramref name="count"/> values that begins at <paramref name="first"/>.</summary>
    public void EnsureWindow(Tsn first, int count)
    {
        if (count <= _items.Length)
        {
            return;
        }

        var larger = new T[BitOperations.RoundUpToPowerOf2((uint)count)];
        for (var i = 0; i < _items.Length; i++)
        {
            var tsn = first + i;
            larger[tsn.Value & (uint)(larger.Length - 1)] = this[tsn];
        }

        _items = larger;
    }
}
