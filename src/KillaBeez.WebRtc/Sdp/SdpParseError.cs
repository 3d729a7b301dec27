namespace KillaBeez.WebRtc.Sdp;

/// <summary>Why a text is no description of a data-channel session.</summary>
internal enum SdpParseError
{
    None,

    /// <summary>More than <see cref="SdpLimits.MaxChars"/> or <see cref="SdpLimits.MaxLines"/>.</summary>
    TooLong,

    /// <summary>It does not begin with "v=0".</summary>
    NotSdp,

    /// <summary>More than <see cref="SdpLimits.MaxSections"/>, or a malformed m= line.</summary>
    BadSections,

    /// <summary>No m=application section for WebRTC data channels.</summary>
    NoDataSection,

    /// <summary>The data section has port 0: the other side does not want data channels.</summary>
    DataSectionRejected,

    /// <summary>ice-ufrag or ice-pwd is missing or malformed.</summary>
    BadIceCredentials,

    /// <summary>No fingerprint with SHA-256, SHA-384 or SHA-512: the certificate could not be verified.</summary>
    NoTrustedFingerprint,

    /// <summary>setup is unknown, or holdconn.</summary>
    BadSetup,

    /// <summary>sctp-port or the port of sctpmap is no port.</summary>
    BadSctpPort,
}
