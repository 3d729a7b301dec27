using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>
/// The passive side: a listening port. A peer that connects has to be known to a connection with its first datagram,
/// which is an authenticated check, or it is sent away.
/// </summary>
internal sealed class TcpListenerSocket : TcpSocket
{
    private static readonly TimeSpan FirstCheckLimit = TimeSpan.FromMilliseconds(IoLimits.FirstTcpCheckMs);

    private readonly Socket _listener;

    private TcpListenerSocket(IoLoop loop, Socket listener, TransportAddress address)
        : base(loop, address) => _listener = listener;

    /// <exception cref="SocketException">The port cannot be bound.</exception>
    public static TcpListenerSocket Listen(IoLoop loop, TransportAddress address)
    {
        var listener = new Socket(address.Family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.IsIPv6)
            {
                listener.DualMode = false;
            }

            listener.Bind(address.ToIPEndPoint());
            listener.Listen(IoLimits.TcpBacklog);
            var bound = TransportAddress.From((IPEndPoint)listener.LocalEndPoint!).AsTcp();
            var socket = new TcpListenerSocket(loop, listener, bound);
            _ = socket.AcceptAsync();
            return socket;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }

    /// <summary>To an address that has not connected to us there is no way.</summary>
    protected override FramedStream? Open(TransportAddress to) => null;

    protected override void OnUnroutable(FramedStream stream)
    {
        if (!stream.IsKnown)
        {
            Close(stream.Remote);
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (e is SocketException { SocketErrorCode: not SocketError.OperationAborted } && _listener.IsBound && !_listener.SafeHandle.IsClosed)
                {
                    // A peer that was gone before it was accepted, or no descriptors for a moment.
                    await Task.Delay(IoLimits.AcceptRetryMs).ConfigureAwait(false);
                    continue;
                }

                return;
            }

            if (TryIdentify(accepted) is not { } remote)
            {
                accepted.Dispose();
            }
            else if (!Loop.Post(_ => Take(accepted, remote)))
            {
                accepted.Dispose();
                return;
            }
        }
    }

    /// <summary>Who has connected; null where the connection is gone already.</summary>
    private static TransportAddress? TryIdentify(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            return TransportAddress.From((IPEndPoint)accepted.RemoteEndPoint!).AsTcp();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>IO thread.</summary>
    private void Take(Socket accepted, TransportAddress remote)
    {
        if (IsClosed || StreamCount >= IoLimits.MaxTcpConnections)
        {
            accepted.Dispose();
            return;
        }

        var stream = FramedStream.Accept(Loop, this, StreamFraming.LengthPrefixed, accepted, remote);
        stream.ExpectWithin(FirstCheckLimit);
        Enter(stream);
    }
}
