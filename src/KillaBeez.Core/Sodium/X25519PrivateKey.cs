namespace KillaBeez.Sodium;

/// <summary>An X25519 key pair whose private half is zeroed on <see cref="Dispose"/>. Owned by whoever made it.</summary>
internal sealed class X25519PrivateKey : IDisposable
{
    private readonly byte[] _private = SodiumMemory.AllocateSecret(X25519.KeyBytes);
    private readonly byte[] _public = new byte[X25519.KeyBytes];
    private bool _disposed;

    /// <summary>Takes a copy of a private key.</summary>
    public X25519PrivateKey(ReadOnlySpan<byte> privateKey)
    {
        SizeCheck.Exactly(privateKey, X25519.KeyBytes);
        privateKey.CopyTo(_private);
        X25519.GetPublicKey(_private, _public);
    }

    /// <summary>The public half, <see cref="X25519.KeyBytes"/> bytes.</summary>
    public ReadOnlySpan<byte> PublicKey => _public;

    /// <summary>The private half, for handshake code that hands it to <see cref="X25519"/>.</summary>
    public ReadOnlySpan<byte> PrivateKey
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _private;
        }
    }

    /// <summary>A new pair, its private key drawn from <paramref name="random"/>.</summary>
    public static X25519PrivateKey Generate(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[X25519.KeyBytes];
        random.Fill(bytes);
        var key = new X25519PrivateKey(bytes);
        SodiumMemory.Zero(bytes);
        return key;
    }

    /// <summary>The shared secret with a peer; false where the peer's key would make it all zero.</summary>
    public bool Agree(ReadOnlySpan<byte> peerPublicKey, Span<byte> shared) => X25519.Agree(PrivateKey, peerPublicKey, shared);

    public void Dispose()
    {
        _disposed = true;
        SodiumMemory.Zero(_private);
    }
}
