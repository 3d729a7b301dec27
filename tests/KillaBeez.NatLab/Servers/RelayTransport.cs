namespace KillaBeez.NatLab.Servers;

/// <summary>How a peer reaches its TURN server.</summary>
public enum RelayTransport
{
    Udp,
    Tcp,
    Tls,
}
