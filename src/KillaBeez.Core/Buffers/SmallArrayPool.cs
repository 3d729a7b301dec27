using System.Numerics;

namespace KillaBeez;

/// <summary>
/// Arrays of at most <see cref="MaxArrayBytes"/> for payloads that come in bursts. The shared pool keeps a few dozen
/// arrays per size and core, so a burst of thousands of small messages would allocate nearly all of them; and
/// messages are rented on one thread and returned on another, which its per-thread caches do not serve. Thread-safe.
/// </summary>
internal static class SmallArrayPool
{
    /// <summary>Larger arrays come from the shared pool, whose next size is twice this.</summary>
    public const int MaxArrayBytes = 2_048;

    /// <summary>What each of the eight sizes keeps at most, in bytes: a few full send buffers.</summary>
    public const int MaxKeptBytesPerSize = 4 * 1024 * 1024;

    private const int MinArrayBytes = 16;
    private const int MinArrayBits = 4;

    private static readonly SizeClass[] Classes = MakeClasses();

    /// <summary>An array of at least this many bytes, 1 to <see cref="MaxArrayBytes"/>; its content is undefined.</summary>
    public static byte[] Rent(int bytes) => Classes[IndexOf(bytes)].Rent();

    /// <summary>Takes back an array that <see cref="Rent"/> gave.</summary>
    public static void Return(byte[] array) => Classes[IndexOf(array.Length)].Return(array);

    private static int IndexOf(int bytes) => BitOperations.Log2((uint)(bytes - 1) | (MinArrayBytes - 1)) + 1 - MinArrayBits;

    private static SizeClass[] MakeClasses()
    {
        var classes = new SizeClass[IndexOf(MaxArrayBytes) + 1];
        for (var i = 0; i < classes.Length; i++)
        {
            classes[i] = new SizeClass(MinArrayBytes << i);
        }

        return classes;
    }

    private sealed class SizeClass(int arrayBytes)
    {
        private readonly Lock _lock = new();
        private byte[]?[] _free = new byte[64][];
        private int _count;

        public byte[] Rent()
        {
            lock (_lock)
            {
                if (_count > 0)
                {
                    var array = _free[--_count]!;
                    _free[_count] = null;
                    return array;
                }
            }

            return GC.AllocateUninitializedArray<byte>(arrayBytes);
        }

        public void Return(byte[] array)
        {
            lock (_lock)
            {
                if (_count == _free.Length)
                {
                    var limit = MaxKeptBytesPerSize / arrayBytes;
                    if (_count >= limit)
                    {
                        return;
                    }

                    Array.Resize(ref _free, Math.Min(_free.Length * 2, limit));
                }

                _free[_count++] = array;
            }
        }
    }
}
