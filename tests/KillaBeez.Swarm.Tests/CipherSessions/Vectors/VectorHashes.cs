using System.Security.Cryptography;
using KillaBeez.Swarm.CipherSessions.Noise;

namespace KillaBeez.Swarm.Tests.CipherSessions;

/// <summary>The hashes that the vectors name beside BLAKE2b, with HKDF written out over any hash function.</summary>
internal sealed class VectorHash(string name, int hashBytes, int blockBytes, Func<byte[], byte[]> hash) : INoiseHash
{
    public static INoiseHash ByName(string name) => name switch
    {
        "BLAKE2b" => Blake2bNoiseHash.Instance,
        "BLAKE2s" => new VectorHash(name, 32, 64, input =>
        {
            var output = new byte[Blake2s.HashBytes];
            Blake2s.Hash(input, output);
            return output;
        }),
        "SHA256" => new VectorHash(name, 32, 64, SHA256.HashData),
        "SHA512" => new VectorHash(name, 64, 128, SHA512.HashData),
        _ => throw new ArgumentException($"No hash {name}.", nameof(name)),
    };

    public string Name => name;

    public int HashBytes => hashBytes;

    public void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output) =>
        hash([.. first, .. second]).CopyTo(output);

    public void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2)
    {
        var temp = Hmac(chainingKey.ToArray(), inputKeyMaterial.ToArray());
        Hmac(temp, [1]).CopyTo(output1);
        Hmac(temp, [.. output1, 2]).CopyTo(output2);
    }

    public void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> output1, Span<byte> output2, Span<byte> output3)
    {
        var temp = Hmac(chainingKey.ToArray(), inputKeyMaterial.ToArray());
        Hmac(temp, [1]).CopyTo(output1);
        Hmac(temp, [.. output1, 2]).CopyTo(output2);
        Hmac(temp, [.. output2, 3]).CopyTo(output3);
    }

    private byte[] Hmac(byte[] key, byte[] message)
    {
        var inner = new byte[blockBytes];
        var outer = new byte[blockBytes];
        for (var i = 0; i < blockBytes; i++)
        {
            var k = i < key.Length ? key[i] : (byte)0;
            inner[i] = (byte)(k ^ 0x36);
            outer[i] = (byte)(k ^ 0x5C);
        }

        return hash([.. outer, .. hash([.. inner, .. message])]);
    }
}
