namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>The words of the Noise pattern language (Noise rev 34, 7.1 and 9.2).</summary>
internal enum NoiseToken
{
    /// <summary>An ephemeral public key.</summary>
    E,

    /// <summary>A static public key, encrypted once there is a key.</summary>
    S,

    /// <summary>Diffie-Hellman of both ephemeral keys.</summary>
    Ee,

    /// <summary>Initiator's ephemeral with responder's static key.</summary>
    Es,

    /// <summary>Initiator's static with responder's ephemeral key.</summary>
    Se,

    /// <summary>Both static keys.</summary>
    Ss,

    /// <summary>A secret that both sides had before.</summary>
    Psk,
}

/// <summary>Why a handshake message was refused. The handshake is over then.</summary>
internal enum NoiseError
{
    None,

    /// <summary>Shorter than its keys and tags.</summary>
    Truncated,

    /// <summary>Longer than a Noise message may be.</summary>
    MessageTooLong,

    /// <summary>The payload does not fit where the caller wants it.</summary>
    PayloadTooLong,

    /// <summary>A tag does not fit: wrong key, wrong prologue, altered or replayed.</summary>
    DecryptionFailed,

    /// <summary>A public key whose shared secret is all zero.</summary>
    InvalidPublicKey,

    /// <summary>Not this side's turn, or the handshake is over.</summary>
    OutOfTurn,
}
