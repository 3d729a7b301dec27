namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>A whole message. Who receives it disposes the payload.</summary>
internal readonly record struct ReceivedMessage(PooledBuffer Payload, bool IsText);
