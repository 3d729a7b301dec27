using System.Buffers.Binary;

namespace KillaBeez;

/// <summary>
/// A repeatable generator for simulations and tests (SplitMix64): the same seed gives the same bytes on every
/// machine. Never use it where secrecy matters. Not thread-safe.
/// </summary>
public sealed class SeededRandomSource : IRandomSource
{
    private ulong _state;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number; each gives another sequence.</param>
    public SeededRandomSource(ulong seed) => _state = seed;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        while (destination.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
            destination = destination[8..];
        }

        if (!destination.IsEmpty)
        {
            Span<byte> last = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
            last[..destination.Length].CopyTo(destination);
        }
    }

    /// <summary>A generator of its own whose sequence is fixed by this one's present state.</summary>
    public SeededRandomSource Fork() => new(Next());

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
