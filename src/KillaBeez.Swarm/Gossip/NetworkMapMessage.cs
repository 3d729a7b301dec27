namespace KillaBeez.Swarm.Gossip;

/// <summary>
/// A node's whole map: whom it is connected to and how far they are, signed by it for everybody.
/// </summary>
/// <remarks>
/// <code>
/// +--------+-----------+-----------------+-------------+-----------+----------------+--------------+
/// | u8 = 1 | owner, 32 | u64 incarnation | u64 version | u16 count | count entries  | signature 64 |
/// +--------+-----------+-----------------+-------------+-----------+----------------+--------------+
///           `------------------------- signed (purpose network-map) ---------------'
/// </code>
/// Entries rise strictly by key, so that a map has one form only: <see cref="NetworkMapDigest"/> carries the same
/// signature without the entries, and whoever holds the same map can check it.
/// </remarks>
internal sealed record NetworkMapMessage(PeerId Owner, ulong Incarnation, ulong Version, NetworkMapEntry[] Entries, byte[] Signature)
{
    public const int SignatureBytes = KeyPair.SignatureBytes;

    private const int FixedBytes = PeerId.SizeBytes + 8 + 8 + 2;

    public static bool TryParse(ReadOnlySpan<byte> source, out NetworkMapMessage? message, out GossipParseError error)
    {
        message = null;
        error = GossipParseError.Truncated;
        var reader = new SpanReader(source);
        reader.TrySkip(1);
        if (!reader.TryReadBytes(PeerId.SizeBytes, out var key))
        {
            return false;
        }

        var owner = new PeerId(key);
        reader.TryReadUInt64(out var incarnation);
        reader.TryReadUInt64(out var version);
        if (!NetworkMapEntry.TryReadList(ref reader, owner, out var entries, out error))
        {
            return false;
        }

        if (!reader.TryReadBytes(SignatureBytes, out var signature))
        {
            error = GossipParseError.Truncated;
            return false;
        }

        if (!reader.AtEnd)
        {
            error = GossipParseError.TrailingBytes;
            return false;
        }

        message = new NetworkMapMessage(owner, incarnation, version, entries, signature.ToArray());
        return true;
    }

    /// <summary>The bytes that the signature is over.</summary>
    public static byte[] Canonical(PeerId owner, ulong incarnation, ulong version, ReadOnlySpan<NetworkMapEntry> sortedEntries)
    {
        var bytes = new byte[FixedBytes + (sortedEntries.Length * NetworkMapEntry.SizeBytes)];
        var writer = new SpanWriter(bytes);
        owner.CopyTo(writer.Reserve(PeerId.SizeBytes));
        writer.WriteUInt64(incarnation);
        writer.WriteUInt64(version);
        NetworkMapEntry.WriteList(ref writer, sortedEntries);
        return bytes;
    }

    public static byte[] ToBytes(ReadOnlySpan<byte> canonical, ReadOnlySpan<byte> signature)
    {
        var bytes = new byte[1 + canonical.Length + SignatureBytes];
        var writer = new SpanWriter(bytes);
        writer.WriteByte((byte)GossipMessageType.Map);
        writer.WriteBytes(canonical);
        writer.WriteBytes(signature);
        return bytes;
    }
}
