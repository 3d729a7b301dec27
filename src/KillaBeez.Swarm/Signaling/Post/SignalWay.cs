namespace KillaBeez.Swarm.Signaling.Post;

/// <summary>A way that a signal can take to its receiver. Equal ways are equal values.</summary>
internal abstract record SignalWay
{
    private SignalWay()
    {
    }

    /// <summary>Through one of the node's signal exchanges.</summary>
    /// <param name="Index">Its place among the node's options.</param>
    public sealed record Exchange(int Index) : SignalWay;

    /// <summary>Through a connected peer, which hands it to the receiver.</summary>
    public sealed record Carrier(PeerId Peer) : SignalWay;
}
