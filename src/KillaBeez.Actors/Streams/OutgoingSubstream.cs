namespace KillaBeez.Streams;

/// <summary>A substream that a flow of <see cref="SwarmStreams.Open"/> has opened.</summary>
public sealed class OutgoingSubstream
{
    internal OutgoingSubstream(Substream substream, Task<Done> completion)
    {
        Peer = substream.Peer;
        Type = substream.Type;
        Metadata = substream.Metadata;
        Completion = completion;
    }

    /// <summary>The node at the other end.</summary>
    public Peer Peer { get; }

    /// <summary>What it was named.</summary>
    public string Type { get; }

    /// <summary>What was sent along.</summary>
    public ReadOnlyMemory<byte> Metadata { get; }

    /// <summary>Ends when both directions have ended in order; fails with what the substream failed with.</summary>
    public Task<Done> Completion { get; }
}
