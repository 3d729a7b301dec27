namespace KillaBeez.Sodium;

/// <summary>
/// Ed25519 signatures (RFC 8032) and the birational map to X25519. Verification is strict: it refuses a
/// non-canonical S, a small-order R and a small-order or non-canonical public key.
/// </summary>
internal static class Ed25519
{
    public const int SeedBytes = 32;
    public const int PublicKeyBytes = 32;
    public const int SignatureBytes = 64;

    /// <summary>libsodium keeps the seed and the public key side by side.</summary>
    public const int SecretKeyBytes = 64;

    /// <summary>Derives the key pair of a seed.</summary>
    public static void KeyPairFromSeed(ReadOnlySpan<byte> seed, Span<byte> publicKey, Span<byte> secretKey)
    {
        SizeCheck.Exactly(seed, SeedBytes);
        SizeCheck.Exactly(publicKey, PublicKeyBytes);
        SizeCheck.Exactly(secretKey, SecretKeyBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    }

    /// <summary>Signs exactly these bytes; use <see cref="KeyPair.Sign"/> for anything that leaves the node.</summary>
    public static void Sign(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        SizeCheck.Exactly(secretKey, SecretKeyBytes);
        SizeCheck.Exactly(signature, SignatureBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_sign_detached(signature, out _, message, (ulong)message.Length, secretKey);
    }

    /// <summary>Whether the signature is of these bytes by this key; false for a signature of another size.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        SizeCheck.Exactly(publicKey, PublicKeyBytes);
        if (signature.Length != SignatureBytes)
        {
            return false;
        }

        SodiumLibrary.EnsureLoaded();
        return SodiumNative.crypto_sign_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;
    }

    /// <summary>The X25519 private key of the same pair, clamped.</summary>
    public static void SecretKeyToX25519(ReadOnlySpan<byte> secretKey, Span<byte> x25519PrivateKey)
    {
        SizeCheck.Exactly(secretKey, SecretKeyBytes);
        SizeCheck.Exactly(x25519PrivateKey, X25519.KeyBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_sign_ed25519_sk_to_curve25519(x25519PrivateKey, secretKey);
    }

    /// <summary>
    /// The X25519 public key of an Ed25519 public key; false where the bytes are no point of the prime-order group.
    /// </summary>
    public static bool TryPublicKeyToX25519(ReadOnlySpan<byte> publicKey, Span<byte> x25519PublicKey)
    {
        SizeCheck.Exactly(publicKey, PublicKeyBytes);
        SizeCheck.Exactly(x25519PublicKey, X25519.KeyBytes);
        SodiumLibrary.EnsureLoaded();
        return SodiumNative.crypto_sign_ed25519_pk_to_curve25519(x25519PublicKey, publicKey) == 0;
    }
}
