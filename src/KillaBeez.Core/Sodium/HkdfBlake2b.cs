namespace KillaBeez.Sodium;

/// <summary>
/// The key derivation of the Noise protocol (rev 34, section 4.3) over <see cref="HmacBlake2b"/>: two or three outputs
/// of 64 bytes from a chaining key and input key material. It is HKDF (RFC 5869) with the chaining key as salt
/// and an empty info.
/// </summary>
internal static class HkdfBlake2b
{
    public const int OutputBytes = HmacBlake2b.OutputBytes;

    /// <summary>Two outputs. Outputs may overlap <paramref name="chainingKey"/>, but not each other.</summary>
    public static void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2)
    {
        Span<byte> temp = stackalloc byte[OutputBytes];
        HmacBlake2b.Compute(chainingKey, inputKeyMaterial, temp);
        HmacBlake2b.Compute(temp, [1], output1);
        HmacBlake2b.Compute(temp, output1, [2], output2);
        SodiumMemory.Zero(temp);
    }

    /// <summary>Three outputs. Outputs may overlap <paramref name="chainingKey"/>, but not each other.</summary>
    public static void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2, Span<byte> output3)
    {
        Span<byte> temp = stackalloc byte[OutputBytes];
        HmacBlake2b.Compute(chainingKey, inputKeyMaterial, temp);
        HmacBlake2b.Compute(temp, [1], output1);
        HmacBlake2b.Compute(temp, output1, [2], output2);
        HmacBlake2b.Compute(temp, output2, [3], output3);
        SodiumMemory.Zero(temp);
    }
}
