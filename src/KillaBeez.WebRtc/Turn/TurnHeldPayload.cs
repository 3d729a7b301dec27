namespace KillaBeez.WebRtc.Turn;

/// <summary>A payload that waits for a permission.</summary>
/// <param name="Peer">Where it goes.</param>
/// <param name="Bytes">Its bytes; whoever takes the value disposes them.</param>
internal readonly record struct TurnHeldPayload(TransportAddress Peer, PooledBuffer Bytes);
