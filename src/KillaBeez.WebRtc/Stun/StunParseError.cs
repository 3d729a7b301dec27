namespace KillaBeez.WebRtc.Stun;

/// <summary>Why bytes are not a STUN message.</summary>
internal enum StunParseError
{
    None,

    /// <summary>Fewer than 20 bytes.</summary>
    TooShort,

    /// <summary>More than <see cref="StunLimits.MaxMessageBytes"/>, or than <see cref="StunLimits.MaxTurnMessageBytes"/> where it is not a binding.</summary>
    TooLong,

    /// <summary>The two most significant bits are not zero, or the magic cookie is missing.</summary>
    NotStun,

    /// <summary>The length field is not a multiple of four or does not describe the datagram.</summary>
    BadLength,

    /// <summary>An attribute is longer than the message.</summary>
    TruncatedAttribute,

    /// <summary>More than <see cref="StunLimits.MaxAttributes"/>.</summary>
    TooManyAttributes,

    /// <summary>Something follows FINGERPRINT, which must be the last attribute (RFC 8489, section 14.7).</summary>
    FingerprintNotLast,
}
