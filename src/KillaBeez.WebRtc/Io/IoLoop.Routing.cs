using KillaBeez.WebRtc.Io.Streams;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Io;

/// <content>Which connection a datagram is for.</content>
internal sealed partial class IoLoop
{
    private const int StackUfragChars = 256;

    private readonly RouteTable _routes = new();
    private readonly Dictionary<string, ConnectionDriver> _byUfrag = new(StringComparer.Ordinal);
    private readonly byte[] _receiveBuffer = GC.AllocateUninitializedArray<byte>(IoLimits.ReceiveBufferBytes, pinned: true);

    /// <summary>IO thread: enters a path on which the connection sends.</summary>
    public bool TryClaim(NetworkPath path, ConnectionDriver connection) => _routes.TryClaim(path, connection);

    /// <summary>IO thread: nothing can be sent on this path, and nothing will come.</summary>
    public void FailPath(Instant now, NetworkPath path)
    {
        if (_routes.TryFind(path, out var owner, out var challenger))
        {
            owner.FailPath(now, path);
            challenger?.FailPath(now, path);
        }
    }

    private void ReceiveAll(Instant now)
    {
        // By index: what arrives may open and close sockets.
        for (var i = 0; i < Sockets.Polled.Count; i++)
        {
            if (Sockets.Polled[i] is { IsReadable: true } socket)
            {
                Receive(now, socket);
            }
        }
    }

    private void Receive(Instant now, DatagramSocket socket)
    {
        // What arrives may close the socket that it arrives on.
        for (var i = 0; i < IoLimits.MaxReceivesPerRound && !socket.IsClosed; i++)
        {
            if (!socket.TryReceive(_receiveBuffer, out var received, out var segmentBytes, out var from))
            {
                return;
            }

            Counters.Receives++;
            var path = new NetworkPath(socket.LocalAddress, from);
            for (var start = 0; start < received; start += segmentBytes)
            {
                Counters.DatagramsReceived++;
                var datagram = _receiveBuffer.AsSpan(start, Math.Min(segmentBytes, received - start));
                if (socket.Handler is null || !socket.Handler.HandleDatagram(now, socket, from, datagram))
                {
                    Route(now, path, datagram);
                }
            }
        }
    }

    /// <summary>IO thread: hands a datagram to the connection it is for; false where there is none.</summary>
    public bool Route(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        if (_routes.TryFind(path, out var owner, out var challenger) && Deliver(now, path, datagram, owner))
        {
            return true;
        }

        if (StunDemux.IsStun(datagram))
        {
            if (challenger is not null && Deliver(now, path, datagram, challenger))
            {
                _routes.TryClaim(path, challenger);
                return true;
            }

            if (FindByUfrag(datagram) is { } named && named != owner && Deliver(now, path, datagram, named))
            {
                return true;
            }
        }

        // Of no known connection, and nothing that could begin one.
        Counters.DatagramsUnroutable++;
        return false;
    }

    private bool Deliver(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram, ConnectionDriver connection)
    {
        if (!connection.HandleDatagram(now, path, datagram))
        {
            return false;
        }

        Touch(connection);
        return true;
    }

    private ConnectionDriver? FindByUfrag(ReadOnlySpan<byte> datagram)
    {
        if (!StunDemux.TryReadUsernameLocalUfrag(datagram, out var ufrag) || ufrag.Length > StackUfragChars)
        {
            return null;
        }

        Span<char> chars = stackalloc char[StackUfragChars];
        var length = System.Text.Encoding.Latin1.GetChars(ufrag, chars);
        return _byUfrag.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var connection) ? connection : null;
    }

    /// <summary>IO thread: the connection does not use the path any more.</summary>
    public void ReleasePath(NetworkPath path, ConnectionDriver connection)
    {
        _routes.Release(path, connection);
        if (path.Local.IsTcp && !_routes.TryFind(path, out _, out _) && connection.SocketSet?.Find(path.Local) is TcpSocket socket)
        {
            socket.Close(path.Remote);
        }
    }
}
