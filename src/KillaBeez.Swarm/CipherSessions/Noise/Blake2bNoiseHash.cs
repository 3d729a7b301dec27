using KillaBeez.Sodium;

namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>BLAKE2b as Noise uses it: 64 bytes, with HKDF over HMAC.</summary>
internal sealed class Blake2bNoiseHash : INoiseHash
{
    private Blake2bNoiseHash()
    {
    }

    public static Blake2bNoiseHash Instance { get; } = new();

    public string Name => "BLAKE2b";

    public int HashBytes => HkdfBlake2b.OutputBytes;

    public void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output) => Blake2b.Hash(first, second, output);

    public void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2) =>
        HkdfBlake2b.Derive(chainingKey, inputKeyMaterial, output1, output2);

    public void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2, Span<byte> output3) =>
        HkdfBlake2b.Derive(chainingKey, inputKeyMaterial, output1, output2, output3);
}
