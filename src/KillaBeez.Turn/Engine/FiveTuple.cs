using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Engine;

/// <summary>
/// What an allocation belongs to (RFC 8656, section 2.2): the client's address, the server's and the protocol, which both
/// addresses carry. TLS differs from TCP by the server's port.
/// </summary>
/// <param name="Client">Where the client's messages come from.</param>
/// <param name="Server">The listening address that they came to.</param>
internal readonly record struct FiveTuple(TransportAddress Client, TransportAddress Server)
{
    /// <summary>Whether messages travel on a stream, where ChannelData is padded.</summary>
    public bool IsStream => Server.IsTcp;
}
