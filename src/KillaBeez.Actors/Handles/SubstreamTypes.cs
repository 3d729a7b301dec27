using System.Text;

namespace KillaBeez.Actors.Handles;

/// <summary>The names of substreams: the swarm's own, and what an application may choose.</summary>
internal static class SubstreamTypes
{
    /// <summary>Who is connected to whom.</summary>
    public const string Gossip = "gossip";

    /// <summary>Sealed signals for this node or to be carried on.</summary>
    public const string Signal = "signal";

    private const int MaxTypeBytes = 255;
    private const int MaxMetadataBytes = 4096;

    /// <summary>Whether the swarm itself uses, or will use, this name.</summary>
    public static bool IsReserved(string type) => type is
        Gossip or Signal or "relay" or "dnode" or "db" or "feed" or "dht" or "http" or "tcp" or "file";

    public static void ThrowUnlessApplicationType(string type)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        if (Encoding.UTF8.GetByteCount(type) > MaxTypeBytes)
        {
            throw new ArgumentException($"A substream's type has at most {MaxTypeBytes} bytes of UTF-8.", nameof(type));
        }

        if (IsReserved(type))
        {
            throw new ArgumentException($"'{type}' is a substream type of the swarm itself; choose another name.", nameof(type));
        }
    }

    public static void ThrowIfTooLong(ReadOnlyMemory<byte> metadata)
    {
        if (metadata.Length > MaxMetadataBytes)
        {
            throw new ArgumentException($"A substream's metadata has at most {MaxMetadataBytes} bytes, not {metadata.Length}.", nameof(metadata));
        }
    }
}
