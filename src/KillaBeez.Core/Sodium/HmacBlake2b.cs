namespace KillaBeez.Sodium;

/// <summary>
/// HMAC (RFC 2104) with BLAKE2b of 64 bytes as the hash: what the Noise protocol builds its key derivation on
/// (Noise rev 34, section 4.3: HASHLEN 64, BLOCKLEN 128), although BLAKE2b has a keyed mode of its own.
/// </summary>
internal static class HmacBlake2b
{
    public const int OutputBytes = 64;

    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5C;

    /// <summary>Computes the HMAC of <paramref name="first"/> followed by <paramref name="second"/>.</summary>
    /// <param name="key">At most one block, <see cref="Blake2b.BlockBytes"/> bytes; longer keys have no use here.</param>
    /// <param name="first">The message, or its first part.</param>
    /// <param name="second">The second part; may be empty.</param>
    /// <param name="output">Exactly <see cref="OutputBytes"/> bytes; may overlap <paramref name="key"/>.</param>
    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, Blake2b.BlockBytes);
        SizeCheck.Exactly(output, OutputBytes);
        Span<byte> pad = stackalloc byte[Blake2b.BlockBytes];
        Span<byte> inner = stackalloc byte[OutputBytes];
        Span<byte> memory = stackalloc byte[Blake2bState.MemoryBytes];

        FillPad(pad, key, InnerPad);
        var state = Blake2bState.Start(memory, default, OutputBytes);
        state.Append(pad);
        state.Append(first);
        state.Append(second);
        state.Finish(inner);

        FillPad(pad, key, OuterPad);
        state = Blake2bState.Start(memory, default, OutputBytes);
        state.Append(pad);
        state.Append(inner);
        state.Finish(output);

        SodiumMemory.Zero(pad);
        SodiumMemory.Zero(inner);
    }

    /// <summary>Computes the HMAC of one message.</summary>
    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> output) =>
        Compute(key, message, default, output);

    private static void FillPad(Span<byte> pad, ReadOnlySpan<byte> key, byte value)
    {
        pad.Fill(value);
        for (var i = 0; i < key.Length; i++)
        {
            pad[i] ^= key[i];
        }
    }
}
