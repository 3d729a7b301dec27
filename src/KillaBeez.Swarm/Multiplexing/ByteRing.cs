using System.Buffers;

namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// A queue of bytes in one pooled array that grows with its content and goes back to the pool whenever it runs
/// empty, so that an idle substream holds no memory. How much it may hold is its owner's business.
/// </summary>
internal struct ByteRing : IDisposable
{
    private const int SmallestBytes = 4096;

    /// <summary>
    /// The shared pool keeps few arrays of a size, and hundreds of substreams with a little to send would allocate
    /// all the time. This one keeps at most 4 MiB for the whole process.
    /// </summary>
    private static readonly ArrayPool<byte> SmallArrays = ArrayPool<byte>.Create(SmallestBytes, maxArraysPerBucket: 1024);

    private byte[]? _array;
    private int _head;

    public int Count { get; private set; }

    public void Enqueue(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        EnsureRoom(bytes.Length);
        var array = _array.AsSpan();
        var tail = _head + Count;
        if (tail >= array.Length)
        {
            tail -= array.Length;
        }

        var first = Math.Min(bytes.Length, array.Length - tail);
        bytes[..first].CopyTo(array[tail..]);
        bytes[first..].CopyTo(array);
        Count += bytes.Length;
    }

    /// <summary>Moves the oldest bytes to <paramref name="destination"/>, which must not be longer than the queue.</summary>
    public void Dequeue(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Count);
        CopyOut(destination);
        Count -= destination.Length;
        if (Count == 0)
        {
            Dispose();
            return;
        }

        _head += destination.Length;
        if (_head >= _array!.Length)
        {
            _head -= _array.Length;
        }
    }

    public void Dispose()
    {
        if (_array is not null)
        {
            PoolOf(_array.Length).Return(_array);
            _array = null;
        }

        _head = 0;
        Count = 0;
    }

    private static ArrayPool<byte> PoolOf(int size) => size <= SmallestBytes ? SmallArrays : ArrayPool<byte>.Shared;

    private readonly void CopyOut(Span<byte> destination)
    {
        var array = _array.AsSpan();
        var first = Math.Min(destination.Length, array.Length - _head);
        array.Slice(_head, first).CopyTo(destination);
        array[..(destination.Length - first)].CopyTo(destination[first..]);
    }

    private void EnsureRoom(int bytes)
    {
        var needed = Count + bytes;
        if (_array is not null && needed <= _array.Length)
        {
            return;
        }

        var size = Math.Max(needed, Math.Max(SmallestBytes, Count * 2));
        var larger = PoolOf(size).Rent(size);
        if (_array is not null)
        {
            CopyOut(larger.AsSpan(0, Count));
            PoolOf(_array.Length).Return(_array);
        }

        _array = larger;
        _head = 0;
    }
}
