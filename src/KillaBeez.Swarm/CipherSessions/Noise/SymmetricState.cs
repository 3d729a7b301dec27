using System.Text;
using KillaBeez.Sodium;

namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>The chaining key, the transcript hash and the handshake's key (Noise rev 34, 5.2). Zeroed on dispose.</summary>
internal sealed class SymmetricState : IDisposable
{
    private readonly INoiseHash _hash;
    private readonly byte[] _chainingKey;
    private readonly byte[] _transcript;
    private readonly CipherState _cipher = new();

    public SymmetricState(INoiseHash hash, string protocolName)
    {
        _hash = hash;
        _chainingKey = SodiumMemory.AllocateSecret(hash.HashBytes);
        _transcript = new byte[hash.HashBytes];
        var name = Encoding.ASCII.GetBytes(protocolName);
        if (name.Length <= hash.HashBytes)
        {
            name.CopyTo(_transcript, 0);
        }
        else
        {
            hash.Hash(name, default, _transcript);
        }

        _transcript.CopyTo(_chainingKey, 0);
    }

    /// <summary>The hash of everything both sides said; unique to this handshake.</summary>
    public ReadOnlySpan<byte> HandshakeHash => _transcript;

    /// <summary>What sealing adds to a field at this point of the handshake.</summary>
    public int TagBytes => _cipher.HasKey ? CipherState.TagBytes : 0;

    public void MixHash(ReadOnlySpan<byte> data) => _hash.Hash(_transcript, data, _transcript);

    public void MixKey(ReadOnlySpan<byte> inputKeyMaterial)
    {
        Span<byte> key = stackalloc byte[_hash.HashBytes];
        _hash.Derive(_chainingKey, inputKeyMaterial, _chainingKey, key);
        _cipher.InitializeKey(key[..CipherState.KeyBytes]);
        SodiumMemory.Zero(key);
    }

    public void MixKeyAndHash(ReadOnlySpan<byte> inputKeyMaterial)
    {
        Span<byte> mixed = stackalloc byte[_hash.HashBytes];
        Span<byte> key = stackalloc byte[_hash.HashBytes];
        _hash.Derive(_chainingKey, inputKeyMaterial, _chainingKey, mixed, key);
        MixHash(mixed);
        _cipher.InitializeKey(key[..CipherState.KeyBytes]);
        SodiumMemory.Zero(mixed);
        SodiumMemory.Zero(key);
    }

    public int EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        var written = _cipher.Encrypt(_transcript, plaintext, destination);
        MixHash(destination[..written]);
        return written;
    }

    public bool TryDecryptAndHash(ReadOnlySpan<byte> ciphertext, Span<byte> destination, out int written)
    {
        if (!_cipher.TryDecrypt(_transcript, ciphertext, destination, out written))
        {
            return false;
        }

        MixHash(ciphertext);
        return true;
    }

    /// <summary>The two keys of the transport: the initiator's, then the responder's.</summary>
    public (CipherState FromInitiator, CipherState FromResponder) Split()
    {
        Span<byte> first = stackalloc byte[_hash.HashBytes];
        Span<byte> second = stackalloc byte[_hash.HashBytes];
        _hash.Derive(_chainingKey, default, first, second);
        var pair = (new CipherState(first[..CipherState.KeyBytes]), new CipherState(second[..CipherState.KeyBytes]));
        SodiumMemory.Zero(first);
        SodiumMemory.Zero(second);
        return pair;
    }

    public void Dispose()
    {
        SodiumMemory.Zero(_chainingKey);
        _cipher.Dispose();
    }
}
