using System.Buffers.Binary;

namespace KillaBeez.Runtime.Internals;

/// <summary>Numbers drawn from an <see cref="IRandomSource"/>.</summary>
internal static class RandomDraw
{
    /// <summary>A number from 0 up to and without 1.</summary>
    public static double Double(IRandomSource random) => (UInt64(random) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 up to and without <paramref name="count"/>.</summary>
    public static int Index(IRandomSource random, int count) => (int)(((UInt128)UInt64(random) * (uint)count) >> 64);

    private static ulong UInt64(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
