using System.Net;
using System.Net.Sockets;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// A non-blocking UDP socket bound to one local address. Used by the IO thread only. Neither sending nor
/// receiving allocates or throws.
/// </summary>
internal abstract class DatagramSocket : TransportSocket
{
    protected DatagramSocket(Socket socket)
    {
        Socket = socket;
        LocalAddress = TransportAddress.From((IPEndPoint)socket.LocalEndPoint!);
    }

    public Socket Socket { get; }

    public override TransportAddress LocalAddress { get; }

    public override DatagramSocket? Pollable => this;

    /// <summary>Who sees what arrives before the connections do; null: nobody.</summary>
    public IDatagramHandler? Handler { get; set; }

    /// <summary>Set by the poller: a receive may succeed.</summary>
    public bool IsReadable { get; set; }

    /// <summary>Opens and binds the best implementation for this platform.</summary>
    /// <param name="address">An address of this machine.</param>
    /// <param name="port">0 lets the system choose.</param>
    /// <param name="isPortable">Whether to use what works everywhere, even where there is better.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static DatagramSocket Bind(IPAddress address, int port, bool isPortable = false)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.ReceiveBufferSize = IoLimits.SocketBufferBytes;
            socket.SendBufferSize = IoLimits.SocketBufferBytes;
            socket.Bind(new IPEndPoint(address, port));
            return Wrap(socket, isPortable);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes over a socket that is bound and does not block.</summary>
    public static DatagramSocket Wrap(Socket socket, bool isPortable) =>
        LinuxDatagramSocket.IsSupported && !isPortable ? new LinuxDatagramSocket(socket) : new ManagedDatagramSocket(socket);

    /// <summary>Receives one datagram, or several of one size that the kernel has joined.</summary>
    /// <param name="buffer">At least <see cref="IoLimits.ReceiveBufferBytes"/>.</param>
    /// <param name="received">Bytes in the buffer.</param>
    /// <param name="segmentBytes">The size of each datagram; the last may be shorter.</param>
    /// <param name="from">The sender.</param>
    /// <returns>False where nothing is there.</returns>
    public abstract bool TryReceive(Span<byte> buffer, out int received, out int segmentBytes, out TransportAddress from);

    public override void Dispose() => Socket.Dispose();
}
