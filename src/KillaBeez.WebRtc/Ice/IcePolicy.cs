namespace KillaBeez.WebRtc.Ice;

/// <summary>Which local candidates may be signalled and paired; the W3C's RTCIceTransportPolicy.</summary>
internal enum IcePolicy : byte
{
    All,

    /// <summary>Relayed ones only: neither the peer nor its network learns an address of this host.</summary>
    Relay,
}
