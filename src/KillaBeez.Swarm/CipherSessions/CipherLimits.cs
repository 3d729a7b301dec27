using KillaBeez.Swarm.CipherSessions.Noise;

namespace KillaBeez.Swarm.CipherSessions;

/// <summary>The sizes and rekeying numbers of cipher sessions. Both ends must use the same.</summary>
internal static class CipherLimits
{
    /// <summary>The largest Noise message, handshake or transport.</summary>
    public const int MaxMessageBytes = HandshakeState.MaxMessageBytes;

    /// <summary>The largest plaintext of one transport message.</summary>
    public const int MaxPlaintextBytes = MaxMessageBytes - CipherState.TagBytes;

    /// <summary>The payload of a handshake message: a Hello of at most 61 bytes, with room for later versions.</summary>
    public const int MaxHandshakePayloadBytes = 256;

    /// <summary>Message 1: ephemeral key, sealed static key, sealed payload.</summary>
    public const int Message1OverheadBytes = 32 + 32 + 16 + 16;

    /// <summary>Message 2: ephemeral key, sealed payload.</summary>
    public const int Message2OverheadBytes = 32 + 16;

    /// <summary>A direction's key is replaced after this many messages since the last time.</summary>
    public const int RekeyMessages = 1 << 16;

    /// <summary>A direction's key is replaced after this many plaintext bytes since the last time.</summary>
    public const long RekeyBytes = 1L << 30;
}

/// <summary>Why a cipher session or its handshake failed. In each case the link is of no use any more.</summary>
internal enum CipherError
{
    None,

    /// <summary>A handshake message shorter than its keys and tags.</summary>
    Truncated,

    /// <summary>A message or its payload is longer than allowed.</summary>
    TooLong,

    /// <summary>A tag does not fit: wrong key, another prologue, altered, replayed or out of order.</summary>
    NotAuthentic,

    /// <summary>A public key that gives everybody the same secret.</summary>
    InvalidPublicKey,

    /// <summary>The other end proved to be somebody else than was called or expected.</summary>
    WrongPeer,

    /// <summary>Not the other end's turn, or the handshake failed before.</summary>
    OutOfTurn,
}
