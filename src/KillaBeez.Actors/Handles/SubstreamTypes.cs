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

    /// <summary>Whether an application may open or take a substream so named.</summary>
    /// <param name="type">The name.</param>
    /// <param name="metadata">What goes along.</param>
    /// <param name="problem">Why not, for people.</param>
    public static bool IsApplicationType(string? type, ReadOnlyMemory<byte> metadata, out string problem)
    {
        problem = ProblemOf(type) ?? ProblemOf(metadata) ?? "";
        return problem.Length == 0;
    }

    public static void ThrowUnlessApplicationType(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (ProblemOf(type) is { } problem)
        {
            throw new ArgumentException(problem, nameof(type));
        }
    }

    public static void ThrowIfTooLong(ReadOnlyMemory<byte> metadata)
    {
        if (ProblemOf(metadata) is { } problem)
        {
            throw new ArgumentException(problem, nameof(metadata));
        }
    }

    private static string? ProblemOf(string? type) => type switch
    {
        null or "" => "A substream's type has at least one byte.",
        _ when Encoding.UTF8.GetByteCount(type) > MaxTypeBytes => $"A substream's type has at most {MaxTypeBytes} bytes of UTF-8.",
        _ when IsReserved(type) => $"'{type}' is a substream type of the swarm itself; choose another name.",
        _ => null,
    };

    private static string? ProblemOf(ReadOnlyMemory<byte> metadata) => metadata.Length > MaxMetadataBytes
        ? $"A substream's metadata has at most {MaxMetadataBytes} bytes, not {metadata.Length}."
        : null;
}
