using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.Tests.Io;

/// <summary>A socket whose sends end as the test says, and which remembers what was sent.</summary>
internal sealed class ScriptedSocket : DatagramSocket
{
    public ScriptedSocket(bool canSegment)
        : base(Bound()) => CanSegment = canSegment;

    public Queue<SendOutcome> Outcomes { get; } = new();

    public List<(byte[] Bytes, int SegmentBytes, TransportAddress To)> Sends { get; } = [];

    public override bool TryReceive(Span<byte> buffer, out int received, out int segmentBytes, out TransportAddress from)
    {
        received = segmentBytes = 0;
        from = default;
        return false;
    }

    public override SendOutcome Send(ReadOnlySpan<byte> datagrams, int segmentBytes, TransportAddress to)
    {
        var outcome = Outcomes.TryDequeue(out var scripted) ? scripted : SendOutcome.Sent;
        if (outcome == SendOutcome.SegmentationUnsupported)
        {
            CanSegment = false;
        }
        else if (outcome != SendOutcome.WouldBlock)
        {
            Sends.Add((datagrams.ToArray(), segmentBytes, to));
        }

        return outcome;
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
