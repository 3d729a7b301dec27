namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>
/// The hash of a Noise protocol and the key derivation over it (Noise rev 34, 4.3). The product has one, BLAKE2b;
/// the published test vectors name four.
/// </summary>
internal interface INoiseHash
{
    /// <summary>The name as it stands in a protocol name.</summary>
    string Name { get; }

    /// <summary>HASHLEN: 32 or 64.</summary>
    int HashBytes { get; }

    /// <summary>Hashes two inputs as one. The output may overlap the first input.</summary>
    void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output);

    /// <summary>HKDF with two outputs of <see cref="HashBytes"/>; the first may overlap the chaining key.</summary>
    void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2);

    /// <summary>HKDF with three outputs of <see cref="HashBytes"/>; the first may overlap the chaining key.</summary>
    void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2, Span<byte> output3);
}
