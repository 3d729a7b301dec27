namespace KillaBeez.Swarm.Signaling.Routing;

/// <summary>Every limit of a <see cref="SignalRouterEngine"/>.</summary>
internal sealed record RoutingLimits
{
    /// <summary>The longest payload of a frame: the compact form of the longest signal fits.</summary>
    public const int MaximumPayloadBytes = SealedSignal.EnvelopeBytes + SealedSignal.MaximumBoxBytes + SealedSignal.SignatureBytes;

    /// <summary>The largest burst of frames taken from one peer; more are refused or, where nothing can be refused, dropped.</summary>
    public int FrameBurst { get; init; } = 600;

    /// <summary>Frames per second taken from one peer.</summary>
    public int FrameRatePerSecond { get; init; } = 20;

    /// <summary>Frames that wait to be sent, over all peers; further ones are not carried.</summary>
    public int MaximumQueuedFrames { get; init; } = 4_096;

    /// <summary>Events that the owner has not taken; further ones are dropped and counted.</summary>
    public int MaximumQueuedEvents { get; init; } = 4_096;

    /// <summary>What is remembered of the signals carried for others, and of those received.</summary>
    public SignalGateLimits Gate { get; init; } = new();
}
