using System.Security.Cryptography;

namespace KillaBeez.Sodium;

/// <summary>Memory that holds secrets.</summary>
internal static class SodiumMemory
{
    /// <summary>Overwrites a secret; the compiler may not remove this.</summary>
    public static void Zero(Span<byte> secret) => CryptographicOperations.ZeroMemory(secret);

    /// <summary>Compares in a time that depends on the lengths only.</summary>
    public static bool FixedTimeEquals(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => CryptographicOperations.FixedTimeEquals(a, b);

    /// <summary>
    /// A zeroed array that the garbage collector never moves, so that zeroing it later leaves no copy behind.
    /// </summary>
    public static byte[] AllocateSecret(int size) => GC.AllocateArray<byte>(size, pinned: true);
}
