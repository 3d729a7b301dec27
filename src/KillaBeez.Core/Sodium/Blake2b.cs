namespace KillaBeez.Sodium;

/// <summary>BLAKE2b (RFC 7693), one-shot. The size of the output is part of the hash: 32 bytes are no prefix of 64.</summary>
internal static class Blake2b
{
    public const int MinimumOutputBytes = 16;
    public const int MaximumOutputBytes = 64;
    public const int MaximumKeyBytes = 64;

    /// <summary>The block of the compression function, which HMAC pads its key to.</summary>
    public const int BlockBytes = 128;

    /// <summary>Hashes into the whole of <paramref name="output"/>, 16 to 64 bytes.</summary>
    public static void Hash(ReadOnlySpan<byte> input, Span<byte> output) => HashKeyed(default, input, output);

    /// <summary>Hashes with a key of 0 to 64 bytes (a MAC by itself; Noise uses <see cref="HmacBlake2b"/>).</summary>
    public static void HashKeyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> output)
    {
        CheckSizes(key.Length, output.Length);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_generichash(output, (nuint)output.Length, input, (ulong)input.Length, key, (nuint)key.Length);
    }

    /// <summary>Hashes two inputs as if they were one.</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        Span<byte> memory = stackalloc byte[Blake2bState.MemoryBytes];
        var state = Blake2bState.Start(memory, default, output.Length);
        state.Append(first);
        state.Append(second);
        state.Finish(output);
    }

    internal static void CheckSizes(int keyBytes, int outputBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputBytes, MinimumOutputBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputBytes, MaximumOutputBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keyBytes, MaximumKeyBytes);
    }
}
