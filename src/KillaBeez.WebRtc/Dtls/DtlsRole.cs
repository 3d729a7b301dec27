namespace KillaBeez.WebRtc.Dtls;

/// <summary>Who speaks first in the DTLS handshake; negotiated as a=setup (RFC 8842, section 5.2).</summary>
internal enum DtlsRole
{
    /// <summary>Sends the ClientHello: a=setup:active.</summary>
    Client,

    /// <summary>Waits for the ClientHello: a=setup:passive.</summary>
    Server,
}
