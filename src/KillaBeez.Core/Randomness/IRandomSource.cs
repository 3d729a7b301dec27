using System.Buffers.Binary;

namespace KillaBeez;

/// <summary>
/// Where an engine's randomness comes from: the operating system in production, a seed in simulations.
/// Not thread-safe unless the implementation says so.
/// </summary>
public interface IRandomSource
{
    /// <summary>Fills <paramref name="destination"/> with random bytes.</summary>
    void Fill(Span<byte> destination);
}

/// <summary>Numbers drawn from an <see cref="IRandomSource"/>.</summary>
internal static class RandomSourceExtensions
{
    public static uint NextUInt32(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public static ulong NextUInt64(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number from 0 up to and without 1.</summary>
    public static double NextDouble(this IRandomSource random) => (random.NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from <paramref name="inclusive"/> up to and without <paramref name="exclusive"/>.</summary>
    public static int NextInt32(this IRandomSource random, int inclusive, int exclusive)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(inclusive, exclusive);
        var range = (ulong)((long)exclusive - inclusive);
        return (int)(inclusive + (long)(((UInt128)random.NextUInt64() * range) >> 64));
    }

    /// <summary>True once in <paramref name="probability"/> of the draws (0 never, 1 always).</summary>
    public static bool Chance(this IRandomSource random, double probability) => random.NextDouble() < probability;
}
