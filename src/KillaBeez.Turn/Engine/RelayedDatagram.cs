using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Engine;

/// <summary>A payload that is to leave a relay socket now; it points into the client's message.</summary>
internal readonly ref struct RelayedDatagram(RelayId relay, TransportAddress peer, ReadOnlySpan<byte> payload)
{
    /// <summary>The socket that it leaves from.</summary>
    public RelayId Relay { get; } = relay;

    /// <summary>Where it goes.</summary>
    public TransportAddress Peer { get; } = peer;

    /// <summary>What goes; may be empty.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;
}
