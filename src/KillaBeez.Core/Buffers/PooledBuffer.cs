using System.Buffers;

namespace KillaBeez;

/// <summary>
/// Bytes in an array rented from a pool: small ones from <see cref="SmallArrayPool"/>, others from the shared one. It has one owner at a time: whoever receives a PooledBuffer
/// disposes it exactly once, or passes it on. Copying the struct does not copy ownership.
/// </summary>
internal readonly struct PooledBuffer : IDisposable
{
    private readonly byte[]? _array;

    private PooledBuffer(byte[] array, int length)
    {
        _array = array;
        Length = length;
    }

    public int Length { get; }

    public Span<byte> Span => _array.AsSpan(0, Length);

    public Memory<byte> Memory => _array.AsMemory(0, Length);

    /// <summary>A buffer of this length whose content is undefined.</summary>
    public static PooledBuffer Rent(int length) => length switch
    {
        0 => default,
        <= SmallArrayPool.MaxArrayBytes and > 0 => new(SmallArrayPool.Rent(length), length),
        _ => new(ArrayPool<byte>.Shared.Rent(length), length),
    };

    public static PooledBuffer CopyOf(ReadOnlySpan<byte> bytes)
    {
        var buffer = Rent(bytes.Length);
        bytes.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>The same bytes cut to a shorter length; this value must not be used afterwards.</summary>
    public PooledBuffer Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        return _array is null ? default : new PooledBuffer(_array, length);
    }

    public void Dispose()
    {
        if (_array is null)
        {
            return;
        }

        // The two pools have no size in common, so the length tells where the array came from.
        if (_array.Length <= SmallArrayPool.MaxArrayBytes)
        {
            SmallArrayPool.Return(_array);
        }
        else
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
