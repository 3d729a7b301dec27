using KillaBeez.Sodium;

namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>What a side brings to a handshake. Private keys stay the caller's, who disposes them.</summary>
internal sealed record HandshakeKeys
{
    public X25519PrivateKey? Static { get; init; }

    /// <summary>A fixed ephemeral key, for test vectors only; null draws one when it is needed.</summary>
    public X25519PrivateKey? Ephemeral { get; init; }

    /// <summary>The peer's static public key, where the pattern says it is known before.</summary>
    public byte[]? RemoteStatic { get; init; }

    /// <summary>Pre-shared keys of 32 bytes in the order of their tokens.</summary>
    public IReadOnlyList<byte[]> PreSharedKeys { get; init; } = [];
}

/// <summary>
/// A handshake of any pattern (Noise rev 34, 5.3) over X25519 and ChaChaPoly. A refused message ends it: all
/// later calls fail. One owner; secrets are zeroed on dispose.
/// </summary>
internal sealed class HandshakeState : IDisposable
{
    /// <summary>The largest Noise message of any kind.</summary>
    public const int MaxMessageBytes = 65_535;

    private readonly HandshakePattern _pattern;
    private readonly bool _isInitiator;
    private readonly IRandomSource _random;
    private readonly HandshakeKeys _keys;
    private readonly SymmetricState _symmetric;
    private readonly byte[] _remoteStatic = new byte[X25519.KeyBytes];
    private readonly byte[] _remoteEphemeral = new byte[X25519.KeyBytes];
    private X25519PrivateKey? _ephemeral;
    private int _nextMessage;
    private int _nextPsk;
    private bool _failed;

    public HandshakeState(HandshakePattern pattern, INoiseHash hash, bool isInitiator, ReadOnlySpan<byte> prologue, HandshakeKeys keys, IRandomSource random)
    {
        _pattern = pattern;
        _isInitiator = isInitiator;
        _keys = keys;
        _random = random;
        keys.RemoteStatic?.CopyTo(_remoteStatic, 0);
        _symmetric = new SymmetricState(hash, $"Noise_{pattern.Name}_25519_ChaChaPoly_{hash.Name}");
        _symmetric.MixHash(prologue);
        foreach (var message in pattern.PreMessages)
        {
            // Only static keys are known before a handshake in the patterns of the document but the fallback ones.
            _symmetric.MixHash(message.FromInitiator == isInitiator ? LocalStatic.PublicKey : _remoteStatic);
        }
    }

    public bool IsComplete => !_failed && _nextMessage == _pattern.Messages.Count;

    public bool IsFailed => _failed;

    /// <summary>The peer's static key as it is known so far; zeros before.</summary>
    public ReadOnlySpan<byte> RemoteStatic => _remoteStatic;

    public ReadOnlySpan<byte> HandshakeHash => _symmetric.HandshakeHash;

    private X25519PrivateKey LocalStatic => _keys.Static ?? throw new InvalidOperationException($"The pattern {_pattern.Name} wants a static key.");

    /// <summary>Writes the next message. A failure ends the handshake.</summary>
    public NoiseError TryWriteMessage(ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        written = 0;
        if (!IsMyTurn(toWrite: true))
        {
            return Fail(NoiseError.OutOfTurn);
        }

        var writer = new SpanWriter(destination);
        foreach (var token in _pattern.Messages[_nextMessage].Tokens)
        {
            var error = WriteToken(token, ref writer);
            if (error != NoiseError.None)
            {
                return Fail(error);
            }
        }

        if (writer.Position + payload.Length + _symmetric.TagBytes > MaxMessageBytes)
        {
            return Fail(NoiseError.MessageTooLong);
        }

        _symmetric.EncryptAndHash(payload, writer.Reserve(payload.Length + _symmetric.TagBytes));
        _nextMessage++;
        written = writer.Position;
        return NoiseError.None;
    }

    /// <summary>Reads the peer's next message. A refused one ends the handshake, with the payload zeroed.</summary>
    public NoiseError TryReadMessage(ReadOnlySpan<byte> message, Span<byte> payload, out int payloadBytes)
    {
        payloadBytes = 0;
        if (!IsMyTurn(toWrite: false))
        {
            return Fail(NoiseError.OutOfTurn);
        }

        if (message.Length > MaxMessageBytes)
        {
            return Fail(NoiseError.MessageTooLong);
        }

        var reader = new SpanReader(message);
        foreach (var token in _pattern.Messages[_nextMessage].Tokens)
        {
            var error = ReadToken(token, ref reader);
            if (error != NoiseError.None)
            {
                return Fail(error);
            }
        }

        var size = reader.Remaining - _symmetric.TagBytes;
        if (size < 0 || size > payload.Length)
        {
            return Fail(size < 0 ? NoiseError.Truncated : NoiseError.PayloadTooLong);
        }

        if (!_symmetric.TryDecryptAndHash(reader.Rest, payload, out payloadBytes))
        {
            SodiumMemory.Zero(payload);
            return Fail(NoiseError.DecryptionFailed);
        }

        _nextMessage++;
        return NoiseError.None;
    }

    /// <summary>The two transport keys of a complete handshake: what this side seals with, and what it opens with.</summary>
    public (CipherState Sending, CipherState Receiving) Split()
    {
        if (!IsComplete)
        {
            throw new InvalidOperationException("The handshake is not complete.");
        }

        var (fromInitiator, fromResponder) = _symmetric.Split();
        return _isInitiator ? (fromInitiator, fromResponder) : (fromResponder, fromInitiator);
    }

    public void Dispose()
    {
        _failed = true;
        _symmetric.Dispose();
        _ephemeral?.Dispose();
    }

    private bool IsMyTurn(bool toWrite) =>
        !_failed && _nextMessage < _pattern.Messages.Count && (_pattern.Messages[_nextMessage].FromInitiator == _isInitiator) == toWrite;

    private NoiseError Fail(NoiseError error)
    {
        _failed = true;
        return error;
    }

    private NoiseError WriteToken(NoiseToken token, ref SpanWriter writer)
    {
        switch (token)
        {
            case NoiseToken.E:
                _ephemeral = _keys.Ephemeral ?? X25519PrivateKey.Generate(_random);
                writer.WriteBytes(_ephemeral.PublicKey);
                MixEphemeral(_ephemeral.PublicKey);
                return NoiseError.None;
            case NoiseToken.S:
                _symmetric.EncryptAndHash(LocalStatic.PublicKey, writer.Reserve(X25519.KeyBytes + _symmetric.TagBytes));
                return NoiseError.None;
            default:
                return Mix(token);
        }
    }

    private NoiseError ReadToken(NoiseToken token, ref SpanReader reader)
    {
        switch (token)
        {
            case NoiseToken.E:
                if (!reader.TryReadBytes(X25519.KeyBytes, out var ephemeral))
                {
                    return NoiseError.Truncated;
                }

                ephemeral.CopyTo(_remoteEphemeral);
                MixEphemeral(ephemeral);
                return NoiseError.None;
            case NoiseToken.S:
                if (!reader.TryReadBytes(X25519.KeyBytes + _symmetric.TagBytes, out var sealedKey))
                {
                    return NoiseError.Truncated;
                }

                return _symmetric.TryDecryptAndHash(sealedKey, _remoteStatic, out _) ? NoiseError.None : NoiseError.DecryptionFailed;
            default:
                return Mix(token);
        }
    }

    private void MixEphemeral(ReadOnlySpan<byte> publicKey)
    {
        _symmetric.MixHash(publicKey);
        if (_pattern.HasPsk)
        {
            _symmetric.MixKey(publicKey);
        }
    }

    private NoiseError Mix(NoiseToken token)
    {
        switch (token)
        {
            case NoiseToken.Ee:
                return MixAgreement(_ephemeral!, _remoteEphemeral);
            case NoiseToken.Es:
                return _isInitiator ? MixAgreement(_ephemeral!, _remoteStatic) : MixAgreement(LocalStatic, _remoteEphemeral);
            case NoiseToken.Se:
                return _isInitiator ? MixAgreement(LocalStatic, _remoteEphemeral) : MixAgreement(_ephemeral!, _remoteStatic);
            case NoiseToken.Ss:
                return MixAgreement(LocalStatic, _remoteStatic);
            default:
                _symmetric.MixKeyAndHash(_keys.PreSharedKeys[_nextPsk++]);
                return NoiseError.None;
        }
    }

    private NoiseError MixAgreement(X25519PrivateKey own, ReadOnlySpan<byte> peer)
    {
        Span<byte> shared = stackalloc byte[X25519.SharedSecretBytes];
        if (!own.Agree(peer, shared))
        {
            return NoiseError.InvalidPublicKey;
        }

        _symmetric.MixKey(shared);
        SodiumMemory.Zero(shared);
        return NoiseError.None;
    }
}
