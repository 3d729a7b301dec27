using PublicKeyAuth = Sodium.PublicKeyAuth;

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

    /// <summary>
    /// Derives the key pair of a seed. Not by Sodium.Core, whose KeyPair keeps a copy of the secret key that nobody can zero.
    /// </summary>
    public static void KeyPairFromSeed(ReadOnlySpan<byte> seed, Span<byte> publicKey, Span<byte> secretKey)
    {
        SizeCheck.Exactly(seed, SeedBytes);
        SizeCheck.Exactly(publicKey, PublicKeyBytes);
        SizeCheck.Exactly(secretKey, SecretKeyBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    }

    /// <summary>Signs exactly these bytes; use <see cref="KeyPair.Sign"/> for anything that leaves the node.</summary>
    /// <param name="secretKey">Used in place: an array, because Sodium.Core takes no spans and a secret is not copied.</param>
    /// <param name="message">An array for the same reason.</param>
    /// <param name="signature">Exactly <see cref="SignatureBytes"/> bytes.</param>
    public static void Sign(byte[] secretKey, byte[] message, Span<byte> signature)
    {
        SizeCheck.Exactly(secretKey, SecretKeyBytes);
        SizeCheck.Exactly(signature, SignatureBytes);
        SodiumLibrary.EnsureLoaded();
        PublicKeyAuth.SignDetached(message, secretKey).CopyTo(signature);
    }

    /// <summary>Whether the signature is of these bytes by this key; false for a signature of another size.</summary>
    public static bool Verify(byte[] publicKey, byte[] message, ReadOnlySpan<byte> signature)
    {
        SizeCheck.Exactly(publicKey, PublicKeyBytes);
        if (signature.Length != SignatureBytes)
        {
            return false;
        }

        SodiumLibrary.EnsureLoaded();
        return PublicKeyAuth.VerifyDetached(signature.ToArray(), message, publicKey);
    }

    /// <summary>
    /// The X25519 private key of the same pair, clamped. Not by Sodium.Core, which returns it in an array that the
    /// garbage collector may move, and so copy, before it is zeroed.
    /// </summary>
    public static void SecretKeyToX25519(ReadOnlySpan<byte> secretKey, Span<byte> x25519PrivateKey)
    {
        SizeCheck.Exactly(secretKey, SecretKeyBytes);
        SizeCheck.Exactly(x25519PrivateKey, X25519.KeyBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_sign_ed25519_sk_to_curve25519(x25519PrivateKey, secretKey);
    }

    /// <summary>
    /// The X25519 public key of an Ed25519 public key; false where the bytes are no point of the prime-order group.
    /// Not by Sodium.Core, which throws there: such a key comes from a peer.
    /// </summary>
    public static bool TryPublicKeyToX25519(ReadOnlySpan<byte> publicKey, Span<byte> x25519PublicKey)
    {
        SizeCheck.Exactly(publicKey, PublicKeyBytes);
        SizeCheck.Exactly(x25519PublicKey, X25519.KeyBytes);
        SodiumLibrary.EnsureLoaded();
        return SodiumNative.crypto_sign_ed25519_pk_to_curve25519(x25519PublicKey, publicKey) == 0;
    }
}
