namespace KillaBeez.Sodium;

/// <summary>
/// The AEAD XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): nonces of 24 bytes, long enough to be drawn at random.
/// </summary>
internal static class XChaCha20Poly1305
{
    public const int KeyBytes = 32;
    public const int NonceBytes = 24;
    public const int TagBytes = 16;

    /// <summary>Writes ciphertext and tag, plaintext.Length + <see cref="TagBytes"/> bytes; returns that number.</summary>
    public static int Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        SizeCheck.Exactly(key, KeyBytes);
        SizeCheck.Exactly(nonce, NonceBytes);
        SizeCheck.AtLeast(destination, plaintext.Length + TagBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_aead_xchacha20poly1305_ietf_encrypt(destination, out _, plaintext, (ulong)plaintext.Length, associatedData, (ulong)associatedData.Length, 0, nonce, key);
        return plaintext.Length + TagBytes;
    }

    /// <summary>Checks the tag and writes the plaintext, sealed.Length - <see cref="TagBytes"/> bytes.</summary>
    /// <returns>False where the bytes are too short or were not sealed under this key, nonce and associated data.</returns>
    public static bool TryDecrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> @sealed, Span<byte> destination, out int written)
    {
        SizeCheck.Exactly(key, KeyBytes);
        SizeCheck.Exactly(nonce, NonceBytes);
        written = 0;
        if (@sealed.Length < TagBytes)
        {
            return false;
        }

        SizeCheck.AtLeast(destination, @sealed.Length - TagBytes);
        SodiumLibrary.EnsureLoaded();
        if (SodiumNative.crypto_aead_xchacha20poly1305_ietf_decrypt(destination, out _, 0, @sealed, (ulong)@sealed.Length, associatedData, (ulong)associatedData.Length, nonce, key) != 0)
        {
            return false;
        }

        written = @sealed.Length - TagBytes;
        return true;
    }
}
