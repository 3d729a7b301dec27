using KillaBeez.Sodium;
using KillaBeez.Swarm.CipherSessions.Noise;

namespace KillaBeez.Swarm.CipherSessions;

/// <summary>
/// The handshake of one link, Noise_IK_25519_ChaChaPoly_BLAKE2b: message 1 from the initiator, message 2 from the
/// responder, then both hold a <see cref="CipherSession"/>. The static keys are the nodes' identities, so a
/// complete handshake proves to the initiator who answered; the responder has proof that message 1 is not a
/// replay when the first transport message opens. A refused message ends the handshake: close the link.
/// </summary>
internal sealed class CipherHandshake : IDisposable
{
    private readonly X25519PrivateKey _static;
    private readonly byte[] _expected = new byte[X25519.KeyBytes];
    private readonly HandshakeState _state;
    private bool _isSplit;

    private CipherHandshake(KeyPair local, PeerId remote, bool isInitiator, ReadOnlySpan<byte> prologue, IRandomSource random)
    {
        if (!KeyPair.TryToX25519(remote, _expected))
        {
            throw new KillaBeezException(KillaBeezError.InvalidKey, $"{remote.ToShortString()} is not a valid node key.");
        }

        _static = local.ToX25519();
        var keys = new HandshakeKeys { Static = _static, RemoteStatic = isInitiator ? _expected : null };
        _state = new HandshakeState(HandshakePattern.IK, Blake2bNoiseHash.Instance, isInitiator, prologue, keys, random);
    }

    /// <summary>Both messages are through.</summary>
    public bool IsComplete => _state.IsComplete;

    /// <summary>The hash of the whole handshake, 64 bytes, the same at both ends and at no other two.</summary>
    public ReadOnlySpan<byte> HandshakeHash => _state.HandshakeHash;

    /// <summary>The side that offered the link. It writes message 1.</summary>
    /// <param name="local">This node's identity; used during the call only.</param>
    /// <param name="remote">Whom it calls; nobody else can read message 1.</param>
    /// <param name="prologue">From <see cref="CipherPrologue"/>.</param>
    /// <param name="random">A cryptographic source: the ephemeral key is drawn from it.</param>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.InvalidKey"/>: the id is no key.</exception>
    public static CipherHandshake Initiator(KeyPair local, PeerId remote, ReadOnlySpan<byte> prologue, IRandomSource random) =>
        new(local, remote, isInitiator: true, prologue, random);

    /// <summary>The side that answered. It reads message 1, and refuses it from anybody but the expected peer.</summary>
    /// <inheritdoc cref="Initiator"/>
    public static CipherHandshake Responder(KeyPair local, PeerId expectedRemote, ReadOnlySpan<byte> prologue, IRandomSource random) =>
        new(local, expectedRemote, isInitiator: false, prologue, random);

    /// <summary>Writes this side's message and returns its size.</summary>
    /// <param name="payload">At most <see cref="CipherLimits.MaxHandshakePayloadBytes"/> bytes: the session's Hello.</param>
    /// <param name="destination">Room for the payload and <see cref="CipherLimits.Message1OverheadBytes"/>.</param>
    /// <exception cref="InvalidOperationException">It is not this side's turn.</exception>
    public int WriteMessage(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, CipherLimits.MaxHandshakePayloadBytes, nameof(payload));
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, payload.Length + CipherLimits.Message1OverheadBytes, nameof(destination));
        var error = _state.TryWriteMessage(payload, destination, out var written);
        return error switch
        {
            NoiseError.None => written,
            NoiseError.OutOfTurn => throw new InvalidOperationException("It is not this side's turn in the handshake."),
            _ => throw new KillaBeezException(KillaBeezError.AuthenticationFailed, $"The handshake cannot go on: {error}."),
        };
    }

    /// <summary>Reads the other side's message. False: the handshake is over, close the link.</summary>
    /// <param name="message">What the link brought.</param>
    /// <param name="payload">Where the payload goes; <see cref="CipherLimits.MaxHandshakePayloadBytes"/> bytes are enough.</param>
    /// <param name="payloadBytes">The payload's size.</param>
    /// <param name="error">Why it was refused.</param>
    public bool TryReadMessage(ReadOnlySpan<byte> message, Span<byte> payload, out int payloadBytes, out CipherError error)
    {
        error = ErrorOf(_state.TryReadMessage(message, payload, out payloadBytes));
        if (error != CipherError.None)
        {
            return false;
        }

        // IK tells the responder who calls; only the peer for whom this link was agreed is let in.
        if (!SodiumMemory.FixedTimeEquals(_state.RemoteStatic, _expected))
        {
            SodiumMemory.Zero(payload);
            payloadBytes = 0;
            error = CipherError.WrongPeer;
            _state.Dispose();
            return false;
        }

        return true;
    }

    /// <summary>The cipher session of a complete handshake, once; the caller owns it. The handshake's secrets are zeroed.</summary>
    public CipherSession Split()
    {
        if (_isSplit || !IsComplete)
        {
            throw new InvalidOperationException(_isSplit ? "The handshake was split before." : "The handshake is not complete.");
        }

        _isSplit = true;
        var (sending, receiving) = _state.Split();
        Dispose();
        return new CipherSession(sending, receiving);
    }

    /// <summary>Zeroes the secrets of the handshake; a session already split off lives on.</summary>
    public void Dispose()
    {
        _state.Dispose();
        _static.Dispose();
    }

    private static CipherError ErrorOf(NoiseError error) => error switch
    {
        NoiseError.None => CipherError.None,
        NoiseError.Truncated => CipherError.Truncated,
        NoiseError.MessageTooLong or NoiseError.PayloadTooLong => CipherError.TooLong,
        NoiseError.InvalidPublicKey => CipherError.InvalidPublicKey,
        NoiseError.OutOfTurn => CipherError.OutOfTurn,
        _ => CipherError.NotAuthentic,
    };
}
