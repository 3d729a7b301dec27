using System.Net;
using System.Net.Sockets;

namespace KillaBeez.WebRtc.Io;

/// <summary>Socket.Select, and a UDP socket connected to itself to interrupt it: every platform that is not Linux.</summary>
internal sealed class SelectPoller : IoPoller
{
    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly List<Socket> _read = [];
    private readonly List<Socket> _write = [];

    public SelectPoller()
    {
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
    }

    public override void Dispose() => _wake.Dispose();

    protected override void Poll(IReadOnlyList<DatagramSocket> sockets, DatagramSocket? blocked, TimeSpan? timeout)
    {
        _read.Clear();
        _write.Clear();
        _read.Add(_wake);
        foreach (var socket in sockets)
        {
            _read.Add(socket.Socket);
        }

        if (blocked is not null)
        {
            _write.Add(blocked.Socket);
        }

        Socket.Select(_read, blocked is null ? null : _write, null, timeout ?? Timeout.InfiniteTimeSpan);
        foreach (var socket in sockets)
        {
            socket.IsReadable = _read.Contains(socket.Socket);
        }

        if (_read.Contains(_wake))
        {
            Span<byte> drained = stackalloc byte[16];
            while (_wake.Available > 0)
            {
                _wake.Receive(drained);
            }
        }
    }

    protected override void Interrupt() => _wake.Send([0]);
}
