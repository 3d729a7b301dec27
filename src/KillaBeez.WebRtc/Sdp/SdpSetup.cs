namespace KillaBeez.WebRtc.Sdp;

/// <summary>Who opens the DTLS association (RFC 8842, section 5.2).</summary>
internal enum SdpSetup
{
    /// <summary>Offers: the answerer chooses.</summary>
    ActPass,

    /// <summary>This side is the DTLS client.</summary>
    Active,

    /// <summary>This side is the DTLS server.</summary>
    Passive,
}

/// <summary>How the data section names its transport.</summary>
internal enum SdpDataProtocol
{
    /// <summary>UDP/DTLS/SCTP with sctp-port (RFC 8841).</summary>
    UdpDtlsSctp,

    /// <summary>TCP/DTLS/SCTP with sctp-port (RFC 8841): the default candidate was TCP.</summary>
    TcpDtlsSctp,

    /// <summary>DTLS/SCTP with sctpmap, of old drafts; answered in kind, never offered.</summary>
    LegacyDtlsSctp,
}
