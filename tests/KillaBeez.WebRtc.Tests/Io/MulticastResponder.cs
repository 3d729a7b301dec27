using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>Answers multicast questions for one name (RFC 6762), on the loopback interface, as a browser does for its own.</summary>
internal sealed class MulticastResponder : IDisposable
{
    private const int Port = 5353;
    private static readonly IPAddress Group = IPAddress.Parse("224.0.0.251");

    private readonly Socket _socket;
    private readonly byte[] _label;
    private readonly byte[] _answer;
    private int _asked;

    private MulticastResponder(Socket socket, string name, IPAddress address)
    {
        _socket = socket;
        _label = Encoding.ASCII.GetBytes(name.Split('.')[0]);

        // Header: an authoritative answer with one record. Record: the name, A, IN with cache-flush, 120 s, 4 bytes.
        _answer =
        [
            0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0,
            .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0,
            0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4,
            .. address.GetAddressBytes(),
        ];
    }

    /// <summary>Questions for the name so far.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Null where there is no multicast, or where another responder does not share the port.</summary>
    public static MulticastResponder? TryStart(string name, IPAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Any, Port));
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(Group, IPAddress.Loopback));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }

        var responder = new MulticastResponder(socket, name, address);
        _ = responder.AnswerAsync();
        return responder;
    }

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        var question = new byte[1500];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(question, new IPEndPoint(IPAddress.Any, 0));
                var isQuestion = received.ReceivedBytes > 2 && (question[2] & 0x80) == 0;
                if (isQuestion && question.AsSpan(0, received.ReceivedBytes).IndexOf(_label) >= 0)
                {
                    Interlocked.Increment(ref _asked);
                    await _socket.SendToAsync(_answer, received.RemoteEndPoint);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
