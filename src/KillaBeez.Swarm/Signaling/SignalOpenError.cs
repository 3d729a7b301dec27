namespace KillaBeez.Swarm.Signaling;

/// <summary>Why a signal cannot be opened.</summary>
internal enum SignalOpenError
{
    None,

    /// <summary>It is addressed to another key.</summary>
    NotForMe,

    /// <summary>Its signature is not the sender's.</summary>
    BadSignature,

    /// <summary>Its ephemeral key has a small order.</summary>
    BadEphemeralKey,

    /// <summary>The box was not sealed for this key and this envelope.</summary>
    BadBox,

    /// <summary>The box holds no content of a known kind.</summary>
    BadContent,
}
