using System.Net;
using System.Net.Sockets;

namespace KillaBeez.WebRtc.Io;

/// <summary>UDP through the BCL, one datagram per call: macOS, Windows and 32-bit systems.</summary>
internal sealed class ManagedDatagramSocket : DatagramSocket
{
    /// <summary>Windows only: without it an ICMP "port unreachable" makes the next receive fail.</summary>
    private const int SioUdpConnReset = -1744830452;

    private readonly bool _isIPv6;
    private readonly SocketAddress _from;
    private readonly SocketAddress _to;

    public ManagedDatagramSocket(Socket socket)
        : base(socket)
    {
        _isIPv6 = NativeAddress.IsIPv6(socket);
        _from = NativeAddress.CreateTemplate(_isIPv6);
        _to = NativeAddress.CreateTemplate(_isIPv6);
        if (OperatingSystem.IsWindows())
        {
            socket.IOControl(SioUdpConnReset, [0, 0, 0, 0], null);
        }
    }

    public override bool TryReceive(Span<byte> buffer, out int received, out int segmentBytes, out TransportAddress from)
    {
        received = segmentBytes = 0;
        from = default;
        try
        {
            // Asking first is cheaper than the exception that an empty non-blocking socket throws. An empty
            // datagram has no bytes available either: the poller's word then makes us try once.
            if (Socket.Available == 0 && !IsReadable)
            {
                return false;
            }

            IsReadable = false;
            received = Socket.ReceiveFrom(buffer, SocketFlags.None, _from);
            segmentBytes = Math.Max(received, 1);
            from = NativeAddress.Read(_from.Buffer.Span, _isIPv6);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public override SendOutcome Send(ReadOnlySpan<byte> datagrams, int segmentBytes, TransportAddress to)
    {
        try
        {
            NativeAddress.WriteBody(to, _to.Buffer.Span);
            Socket.SendTo(datagrams, SocketFlags.None, _to);
            return SendOutcome.Sent;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable
                ? SendOutcome.WouldBlock
                : SendOutcome.Dropped;
        }
    }
}
