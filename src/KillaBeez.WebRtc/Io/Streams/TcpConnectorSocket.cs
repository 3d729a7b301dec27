using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>The active side: opens a connection to whatever passive candidate is checked.</summary>
internal sealed class TcpConnectorSocket(IoLoop loop, TransportAddress address)
    : TcpSocket(loop, address.WithPort(IceTcpType.ActivePort).AsTcp())
{
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
