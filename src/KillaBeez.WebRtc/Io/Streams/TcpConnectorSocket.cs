using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>The active side: opens a connection to whatever passive candidate is checked.</summary>
internal sealed class TcpConnectorSocket(IoLoop loop, TransportAddress address)
    : TcpSocket(loop, address.WithPort(DiscardPort).AsTcp())
{
    /// <summary>What an active candidate says in place of the port that the system will choose (RFC 6544, section 4.5).</summary>
    private const ushort DiscardPort = 9;

    protected override FramedStream? Open(TransportAddress to)
    {
        if (!to.IsTcp || StreamCount >= IoLimits.MaxTcpConnections)
        {
            return null;
        }

        var target = new StreamTarget(LocalAddress.WithPort(0), to, TlsName: null, AcceptsAnyCertificate: false);
        var stream = FramedStream.Connect(Loop, this, StreamFraming.LengthPrefixed, target);
        Enter(stream);
        return stream;
    }
}
