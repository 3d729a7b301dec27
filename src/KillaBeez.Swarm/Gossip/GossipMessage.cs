namespace KillaBeez.Swarm.Gossip;

/// <summary>The first byte of every gossip message.</summary>
internal enum GossipMessageType : byte
{
    /// <summary><see cref="NetworkMapMessage"/>.</summary>
    Map = 1,

    /// <summary><see cref="NetworkMapDelta"/>.</summary>
    Delta = 2,

    /// <summary><see cref="NetworkMapDigest"/>.</summary>
    Digest = 3,

    /// <summary>The one byte alone: send me your whole map.</summary>
    Pull = 4,
}

/// <summary>Why bytes are no gossip message.</summary>
internal enum GossipParseError
{
    None,
    Truncated,
    TrailingBytes,
    TooManyEntries,

    /// <summary>Entries are not in strictly rising order of their keys, or name the owner or the empty key.</summary>
    BadEntries,
}

/// <summary>
/// One peer in a node's map and how far away it is.
/// <code>
/// +--------------------+------------------------+
/// | key, 32 bytes      | u16 round trip, 0.1 ms |
/// +--------------------+------------------------+
/// </code>
/// 0xFFFE stands for this and everything longer, 0xFFFF for not measured yet.
/// </summary>
internal readonly record struct NetworkMapEntry(PeerId Peer, ushort RttCode)
{
    public const int SizeBytes = PeerId.SizeBytes + 2;

    public const ushort UnknownRtt = 0xFFFF;

    private const ushort LongestRtt = 0xFFFE;

    public static ushort CodeOf(TimeSpan? rtt) => rtt is { } measured
        ? (ushort)Math.Clamp(measured.TotalMilliseconds * 10, 0, LongestRtt)
        : UnknownRtt;

    public static TimeSpan? RttOf(ushort code) => code == UnknownRtt ? null : TimeSpan.FromMilliseconds(code / 10.0);

    /// <summary>Reads a count and so many entries; the order that is demanded makes every map's bytes unique.</summary>
    internal static bool TryReadList(ref SpanReader reader, PeerId owner, out NetworkMapEntry[] entries, out GossipParseError error)
    {
        entries = [];
        error = GossipParseError.Truncated;
        if (!reader.TryReadUInt16(out var count))
        {
            return false;
        }

        if (count > GossipLimits.EntriesPerMap)
        {
            error = GossipParseError.TooManyEntries;
            return false;
        }

        if (reader.Remaining < count * SizeBytes)
        {
            return false;
        }

        entries = new NetworkMapEntry[count];
        var previous = default(PeerId);
        for (var i = 0; i < count; i++)
        {
            reader.TryReadBytes(PeerId.SizeBytes, out var key);
            reader.TryReadUInt16(out var rtt);
            var peer = new PeerId(key);
            if (peer <= previous || peer == owner)
            {
                error = GossipParseError.BadEntries;
                return false;
            }

            entries[i] = new NetworkMapEntry(peer, rtt);
            previous = peer;
        }

        error = GossipParseError.None;
        return true;
    }

    /// <summary>Writes a count and the entries, which are sorted.</summary>
    internal static void WriteList(ref SpanWriter writer, ReadOnlySpan<NetworkMapEntry> entries)
    {
        writer.WriteUInt16((ushort)entries.Length);
        foreach (var entry in entries)
        {
            entry.Peer.CopyTo(writer.Reserve(PeerId.SizeBytes));
            writer.WriteUInt16(entry.RttCode);
        }
    }
}
