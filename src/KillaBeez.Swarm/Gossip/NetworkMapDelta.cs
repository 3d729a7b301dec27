namespace KillaBeez.Swarm.Gossip;

/// <summary>
/// What changed in the sender's map from the version before to this one. It is not signed: it comes from its
/// owner over a session that authenticates it, and the next digest's signature covers the result.
/// </summary>
/// <remarks>
/// <code>
/// +--------+-----------------+-------------+-----------+----------------+-----------+---------------+
/// | u8 = 2 | u64 incarnation | u64 version | u16 count | set entries    | u16 count | removed keys  |
/// +--------+-----------------+-------------+-----------+----------------+-----------+---------------+
/// </code>
/// Entries and keys rise strictly by key.
/// </remarks>
internal sealed record NetworkMapDelta(ulong Incarnation, ulong Version, NetworkMapEntry[] Set, PeerId[] Removed)
{
    public static bool TryParse(ReadOnlySpan<byte> source, PeerId owner, out NetworkMapDelta? delta, out GossipParseError error)
    {
        delta = null;
        error = GossipParseError.Truncated;
        var reader = new SpanReader(source);
        reader.TrySkip(1);
        reader.TryReadUInt64(out var incarnation);
        if (!reader.TryReadUInt64(out var version))
        {
            return false;
        }

        if (!NetworkMapEntry.TryReadList(ref reader, owner, out var set, out error)
            || !TryReadKeys(ref reader, out var removed, out error))
        {
            return false;
        }

        if (!reader.AtEnd)
        {
            error = GossipParseError.TrailingBytes;
            return false;
        }

        delta = new NetworkMapDelta(incarnation, version, set, removed);
        return true;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[1 + 8 + 8 + 2 + (Set.Length * NetworkMapEntry.SizeBytes) + 2 + (Removed.Length * PeerId.SizeBytes)];
        var writer = new SpanWriter(bytes);
        writer.WriteByte((byte)GossipMessageType.Delta);
        writer.WriteUInt64(Incarnation);
        writer.WriteUInt64(Version);
        NetworkMapEntry.WriteList(ref writer, Set);
        writer.WriteUInt16((ushort)Removed.Length);
        foreach (var peer in Removed)
        {
            peer.CopyTo(writer.Reserve(PeerId.SizeBytes));
        }

        return bytes;
    }

    private static bool TryReadKeys(ref SpanReader reader, out PeerId[] keys, out GossipParseError error)
    {
        keys = [];
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

        if (reader.Remaining < count * PeerId.SizeBytes)
        {
            return false;
        }

        keys = new PeerId[count];
        var previous = default(PeerId);
        for (var i = 0; i < count; i++)
        {
            reader.TryReadBytes(PeerId.SizeBytes, out var key);
            keys[i] = new PeerId(key);
            if (keys[i] <= previous)
            {
                error = GossipParseError.BadEntries;
                return false;
            }

            previous = keys[i];
        }

        error = GossipParseError.None;
        return true;
    }
}
