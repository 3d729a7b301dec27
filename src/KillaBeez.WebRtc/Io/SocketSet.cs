namespace KillaBeez.WebRtc.Io;

/// <summary>One socket per local address, shared by connections.</summary>
internal sealed class SocketSet(IReadOnlyList<DatagramSocket> sockets)
{
    public IReadOnlyList<DatagramSocket> Sockets { get; } = sockets;

    public HashSet<ConnectionDriver> Users { get; } = [];
}
