using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using KillaBeez.Sodium;

namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>
/// A key and its nonce (Noise rev 34, 5.1) for ChaChaPoly: the nonce on the wire format of the cipher is 4 zero
/// bytes and the counter, little-endian (12.3). Without a key it passes bytes through.
/// </summary>
internal sealed class CipherState : IDisposable
{
    public const int KeyBytes = ChaCha20Poly1305.KeyBytes;
    public const int TagBytes = ChaCha20Poly1305.TagBytes;

    /// <summary>The last counter value is kept for rekeying (4.2), so it seals no message.</summary>
    public const ulong MaxNonce = ulong.MaxValue;

    private ChaCha20Poly1305? _cipher;

    public CipherState()
    {
    }

    public CipherState(ReadOnlySpan<byte> key, ulong nonce = 0)
    {
        InitializeKey(key);
        Nonce = nonce;
    }

    /// <summary>The counter of the next message.</summary>
    public ulong Nonce { get; private set; }

    [MemberNotNullWhen(true, nameof(_cipher))]
    public bool HasKey => _cipher is not null;

    /// <summary>Whether every nonce is used up: the key must never seal again.</summary>
    public bool IsExhausted => Nonce == MaxNonce;

    public void InitializeKey(ReadOnlySpan<byte> key)
    {
        _cipher?.Dispose();
        _cipher = new ChaCha20Poly1305(key);
        Nonce = 0;
    }

    /// <summary>Writes ciphertext and tag, or the plaintext where there is no key. Returns the bytes written.</summary>
    /// <exception cref="InvalidOperationException">The nonces are used up.</exception>
    public int Encrypt(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (!HasKey)
        {
            plaintext.CopyTo(destination);
            return plaintext.Length;
        }

        if (IsExhausted)
        {
            throw new InvalidOperationException("The nonces of this key are used up.");
        }

        Span<byte> nonce = stackalloc byte[ChaCha20Poly1305.NonceBytes];
        WriteNonce(nonce, Nonce);
        var written = _cipher.Encrypt(nonce, associatedData, plaintext, destination);
        Nonce++;
        return written;
    }

    /// <summary>Opens what <see cref="Encrypt"/> sealed; on false the nonce stays and nothing useful was written.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> destination, out int written)
    {
        if (!HasKey)
        {
            ciphertext.CopyTo(destination);
            written = ciphertext.Length;
            return true;
        }

        written = 0;
        if (IsExhausted)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[ChaCha20Poly1305.NonceBytes];
        WriteNonce(nonce, Nonce);
        if (!_cipher.TryDecrypt(nonce, associatedData, ciphertext, destination, out written))
        {
            return false;
        }

        Nonce++;
        return true;
    }

    /// <summary>
    /// Replaces the key by 32 zero bytes sealed with it under the last nonce, tag cut off (4.2). The counter goes on.
    /// </summary>
    public void Rekey()
    {
        Span<byte> nonce = stackalloc byte[ChaCha20Poly1305.NonceBytes];
        Span<byte> zeros = stackalloc byte[KeyBytes];
        Span<byte> next = stackalloc byte[KeyBytes + TagBytes];
        zeros.Clear();
        WriteNonce(nonce, MaxNonce);
        _cipher!.Encrypt(nonce, default, zeros, next);
        _cipher.Dispose();
        _cipher = new ChaCha20Poly1305(next[..KeyBytes]);
        SodiumMemory.Zero(next);
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        _cipher = null;
        Nonce = MaxNonce;
    }

    private static void WriteNonce(Span<byte> nonce, ulong counter)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], counter);
    }
}
