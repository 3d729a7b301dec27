using KillaBeez.Sodium;

namespace KillaBeez;

/// <summary>
/// A node's identity: an Ed25519 key pair whose public half is its <see cref="PeerId"/>. The secret half is zeroed
/// on <see cref="Dispose"/>. Thread-safe, except that nothing may run while it is disposed.
/// </summary>
public sealed class KeyPair : IDisposable
{
    /// <summary>The size of a seed, from which the whole pair is derived.</summary>
    public const int SeedBytes = Ed25519.SeedBytes;

    internal const int SignatureBytes = Ed25519.SignatureBytes;

    private readonly byte[] _secret = SodiumMemory.AllocateSecret(Ed25519.SecretKeyBytes);
    private bool _disposed;

    private KeyPair(ReadOnlySpan<byte> seed)
    {
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeyBytes];
        Ed25519.KeyPairFromSeed(seed, publicKey, _secret);
        Id = new PeerId(publicKey);
    }

    /// <summary>The public half.</summary>
    public PeerId Id { get; }

    /// <summary>A new key pair from the operating system's randomness.</summary>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.NativeLibraryMissing"/>: libsodium was not found.</exception>
    public static KeyPair Generate() => Generate(SystemRandomSource.Instance);

    /// <summary>The key pair of a seed: the same seed always gives the same pair.</summary>
    /// <param name="seed32">Exactly <see cref="SeedBytes"/> secret bytes; a copy is taken.</param>
    /// <exception cref="ArgumentException">The size is another.</exception>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.NativeLibraryMissing"/>: libsodium was not found.</exception>
    public static KeyPair FromSeed(ReadOnlySpan<byte> seed32) => new(seed32);

    /// <summary>Writes the secret seed, from which the pair can be made again; the caller zeroes it after use.</summary>
    /// <param name="destination32">Exactly <see cref="SeedBytes"/> bytes.</param>
    public void CopySeedTo(Span<byte> destination32)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SizeCheck.Exactly(destination32, SeedBytes);
        _secret.AsSpan(0, SeedBytes).CopyTo(destination32);
    }

    /// <summary>Zeroes the secret half. <see cref="Id"/> stays readable.</summary>
    public void Dispose()
    {
        _disposed = true;
        SodiumMemory.Zero(_secret);
    }

    /// <summary>The public id; never the secret.</summary>
    public override string ToString() => Id.ToString();

    /// <summary>A key pair whose seed is drawn from a source: repeatable in simulations.</summary>
    internal static KeyPair Generate(IRandomSource random)
    {
        Span<byte> seed = stackalloc byte[SeedBytes];
        random.Fill(seed);
        var pair = new KeyPair(seed);
        SodiumMemory.Zero(seed);
        return pair;
    }

    /// <summary>Signs canonical bytes for one purpose.</summary>
    internal void Sign(SignaturePurpose purpose, ReadOnlySpan<byte> canonical, Span<byte> signature64)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Ed25519.Sign(_secret, WithDomain(purpose, canonical), signature64);
    }

    /// <summary>Whether the signature is the signer's, for this purpose and these bytes. False for a signature of a wrong size.</summary>
    internal static bool Verify(PeerId signer, SignaturePurpose purpose, ReadOnlySpan<byte> canonical, ReadOnlySpan<byte> signature64)
    {
        var publicKey = new byte[PeerId.SizeBytes];
        signer.CopyTo(publicKey);
        return Ed25519.Verify(publicKey, WithDomain(purpose, canonical), signature64);
    }

    /// <summary>The pair for Diffie-Hellman that belongs to this identity; the caller disposes it.</summary>
    internal X25519PrivateKey ToX25519()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> privateKey = stackalloc byte[X25519.KeyBytes];
        Ed25519.SecretKeyToX25519(_secret, privateKey);
        var key = new X25519PrivateKey(privateKey);
        SodiumMemory.Zero(privateKey);
        return key;
    }

    /// <summary>The Diffie-Hellman public key of an identity; false where the id is no valid Ed25519 key.</summary>
    internal static bool TryToX25519(PeerId id, Span<byte> publicKey32)
    {
        Span<byte> publicKey = stackalloc byte[PeerId.SizeBytes];
        id.CopyTo(publicKey);
        return Ed25519.TryPublicKeyToX25519(publicKey, publicKey32);
    }

    private static byte[] WithDomain(SignaturePurpose purpose, ReadOnlySpan<byte> canonical) =>
        [.. SignatureDomain.Prefix(purpose), .. canonical];
}
