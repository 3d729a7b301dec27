using System.Runtime.CompilerServices;

namespace KillaBeez.Sodium;

/// <summary>
/// Sizes are checked before every native call. A wrong size is a bug of the caller: sizes that peers choose
/// are checked where the peer's bytes are parsed.
/// </summary>
internal static class SizeCheck
{
    public static void Exactly(ReadOnlySpan<byte> bytes, int size, [CallerArgumentExpression(nameof(bytes))] string? name = null)
    {
        if (bytes.Length != size)
        {
            throw new ArgumentException($"Exactly {size} bytes are needed, not {bytes.Length}.", name);
        }
    }

    public static void AtLeast(ReadOnlySpan<byte> bytes, int size, [CallerArgumentExpression(nameof(bytes))] string? name = null)
    {
        if (bytes.Length < size)
        {
            throw new ArgumentException($"At least {size} bytes are needed, not {bytes.Length}.", name);
        }
    }
}
