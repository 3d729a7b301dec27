namespace KillaBeez.WebRtc.Ice;

/// <summary>How the owner reaches the TURN server; between server and peer it is UDP in any case.</summary>
internal enum IceRelayTransport : byte
{
    Udp,
    Tcp,
    Tls,
}
