namespace KillaBeez.WebRtc.Io;

/// <summary>Sees the datagrams of a socket before any connection does.</summary>
internal interface IDatagramHandler
{
    /// <summary>IO thread: true where the datagram was meant for this handler and no connection.</summary>
    bool HandleDatagram(Instant now, DatagramSocket socket, TransportAddress from, ReadOnlySpan<byte> datagram);
}
