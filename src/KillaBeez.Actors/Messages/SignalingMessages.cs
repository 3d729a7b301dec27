namespace KillaBeez.Actors.Messages;

/// <summary>Between the guardian and whoever sends and opens signals.</summary>
internal static class SignalingMessages
{
    /// <summary>To the guardian: signaling begins anew, and knows nobody.</summary>
    public sealed record Started : ILateMessage
    {
        public static readonly Started Instance = new();
    }

    /// <summary>To the guardian: an exchange takes signals.</summary>
    public sealed record ExchangeReady : ILateMessage
    {
        public static readonly ExchangeReady Instance = new();
    }

    /// <summary>A peer is connected, and may carry signals.</summary>
    public sealed record PeerUp(PeerId Peer) : ILateMessage;

    /// <summary>A peer is connected no more.</summary>
    public sealed record PeerDown(PeerId Peer) : ILateMessage;
}
