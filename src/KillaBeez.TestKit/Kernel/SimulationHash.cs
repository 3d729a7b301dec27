using System.Collections.Concurrent;

namespace KillaBeez.TestKit.Kernel;

/// <summary>Hashes that are the same in every process, which those of <see cref="string"/> and <see cref="Type"/> are not.</summary>
internal static class SimulationHash
{
    /// <summary>FNV-1a's offset basis.</summary>
    public const ulong Start = 0xCBF29CE484222325;

    private const ulong FnvPrime = 0x100000001B3;

    private static readonly ConcurrentDictionary<Type, ulong> _types = new();

    /// <summary>Spreads every bit over all bits (the finalizer of SplitMix64).</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = Start;
        foreach (var character in text)
        {
            hash = (hash ^ character) * FnvPrime;
        }

        return hash;
    }

    public static ulong Of(Type type) => _types.GetOrAdd(type, static t => Mix(Of(t.FullName ?? t.Name)));
}
