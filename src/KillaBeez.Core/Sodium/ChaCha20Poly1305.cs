using System.Security.Cryptography;
using BclCipher = System.Security.Cryptography.ChaCha20Poly1305;

namespace KillaBeez.Sodium;

/// <summary>Who computes <see cref="ChaCha20Poly1305"/>.</summary>
internal enum ChaChaImplementation
{
    /// <summary>The base class library where the platform has it (faster on large messages), else libsodium.</summary>
    Automatic,

    /// <summary>The base class library.</summary>
    BaseClassLibrary,

    /// <summary>libsodium.</summary>
    Sodium,
}

/// <summary>
/// The AEAD ChaCha20-Poly1305 (RFC 8439) under one key, which is zeroed on <see cref="Dispose"/>. The caller
/// never uses a nonce twice. One owner, not thread-safe.
/// </summary>
internal sealed class ChaCha20Poly1305 : IDisposable
{
    public const int KeyBytes = 32;
    public const int NonceBytes = 12;
    public const int TagBytes = 16;

    private readonly byte[] _key;
    private readonly BclCipher? _cipher;
    private bool _disposed;

    /// <summary>Takes a copy of the key.</summary>
    public ChaCha20Poly1305(ReadOnlySpan<byte> key, ChaChaImplementation implementation = ChaChaImplementation.Automatic)
    {
        SizeCheck.Exactly(key, KeyBytes);
        var useBcl = implementation switch
        {
            ChaChaImplementation.BaseClassLibrary => true,
            ChaChaImplementation.Sodium => false,
            _ => BclCipher.IsSupported,
        };
        _key = SodiumMemory.AllocateSecret(useBcl ? 0 : KeyBytes);
        if (useBcl)
        {
            _cipher = new BclCipher(key);
        }
        else
        {
            SodiumLibrary.EnsureLoaded();
            key.CopyTo(_key);
        }
    }

    /// <summary>Writes ciphertext and tag, plaintext.Length + <see cref="TagBytes"/> bytes.</summary>
    /// <param name="nonce">Exactly <see cref="NonceBytes"/> bytes, never used before under this key.</param>
    /// <param name="associatedData">Authenticated, not sent; may be empty.</param>
    /// <param name="plaintext">May be empty; must not overlap <paramref name="destination"/>.</param>
    /// <param name="destination">Room for the plaintext and a tag.</param>
    /// <returns>The bytes written.</returns>
    public int Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SizeCheck.Exactly(nonce, NonceBytes);
        SizeCheck.AtLeast(destination, plaintext.Length + TagBytes);
        if (_cipher is not null)
        {
            _cipher.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination.Slice(plaintext.Length, TagBytes), associatedData);
        }
        else
        {
            _ = SodiumNative.crypto_aead_chacha20poly1305_ietf_encrypt(destination, out _, plaintext, (ulong)plaintext.Length, associatedData, (ulong)associatedData.Length, 0, nonce, _key);
        }

        return plaintext.Length + TagBytes;
    }

    /// <summary>Checks the tag and writes the plaintext, sealed.Length - <see cref="TagBytes"/> bytes.</summary>
    /// <returns>False where the bytes are too short or were not sealed under this key, nonce and associated data.</returns>
    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> @sealed, Span<byte> destination, out int written)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SizeCheck.Exactly(nonce, NonceBytes);
        written = 0;
        var plaintextBytes = @sealed.Length - TagBytes;
        if (plaintextBytes < 0)
        {
            return false;
        }

        SizeCheck.AtLeast(destination, plaintextBytes);
        var opened = _cipher is not null
            ? TryDecryptBcl(_cipher, nonce, associatedData, @sealed, destination[..plaintextBytes])
            : SodiumNative.crypto_aead_chacha20poly1305_ietf_decrypt(destination, out _, 0, @sealed, (ulong)@sealed.Length, associatedData, (ulong)associatedData.Length, nonce, _key) == 0;
        written = opened ? plaintextBytes : 0;
        return opened;
    }

    public void Dispose()
    {
        _disposed = true;
        SodiumMemory.Zero(_key);
        _cipher?.Dispose();
    }

    private static bool TryDecryptBcl(BclCipher cipher, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> @sealed, Span<byte> plaintext)
    {
        try
        {
            cipher.Decrypt(nonce, @sealed[..plaintext.Length], @sealed[plaintext.Length..], plaintext, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // The library reports a forged message by an exception only; it ends here, and its cost is paid once,
            // because a forged message ends the link that carried it.
            return false;
        }
    }
}
