namespace KillaBeez.Sodium;

/// <summary>Diffie-Hellman on Curve25519 (RFC 7748).</summary>
internal static class X25519
{
    public const int KeyBytes = 32;
    public const int SharedSecretBytes = 32;

    /// <summary>
    /// Computes the shared secret. False, with zeros in <paramref name="shared"/>, where the result would be all
    /// zero because the peer's key has a small order: such a secret is known to everybody (RFC 7748, section 6.1).
    /// </summary>
    public static bool Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, Span<byte> shared)
    {
        SizeCheck.Exactly(privateKey, KeyBytes);
        SizeCheck.Exactly(publicKey, KeyBytes);
        SizeCheck.Exactly(shared, SharedSecretBytes);
        SodiumLibrary.EnsureLoaded();
        Span<byte> zero = stackalloc byte[SharedSecretBytes];
        zero.Clear();
        if (SodiumNative.crypto_scalarmult(shared, privateKey, publicKey) == 0 && !SodiumMemory.FixedTimeEquals(shared, zero))
        {
            return true;
        }

        shared.Clear();
        return false;
    }

    /// <summary>The public key of a private key.</summary>
    public static void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        SizeCheck.Exactly(privateKey, KeyBytes);
        SizeCheck.Exactly(publicKey, KeyBytes);
        SodiumLibrary.EnsureLoaded();
        _ = SodiumNative.crypto_scalarmult_base(publicKey, privateKey);
    }
}
