namespace KillaBeez.Swarm.Gossip;

/// <summary>
/// What a node's map is now, without its entries: whoever holds the same map finds the signature valid, and
/// whoever has missed a delta does not, and asks for the whole.
/// </summary>
/// <remarks>
/// <code>
/// +--------+-----------+-----------------+-------------+--------------------------------+
/// | u8 = 3 | owner, 32 | u64 incarnation | u64 version | signature 64 of the whole map  |
/// +--------+-----------+-----------------+-------------+--------------------------------+
/// </code>
/// </remarks>
internal sealed record NetworkMapDigest(PeerId Owner, ulong Incarnation, ulong Version, byte[] Signature)
{
    public const int SizeBytes = 1 + PeerId.SizeBytes + 8 + 8 + NetworkMapMessage.SignatureBytes;

    public static bool TryParse(ReadOnlySpan<byte> source, out NetworkMapDigest? digest, out GossipParseError error)
    {
        digest = null;
        var reader = new SpanReader(source);
        reader.TrySkip(1);
        reader.TryReadBytes(PeerId.SizeBytes, out var key);
        reader.TryReadUInt64(out var incarnation);
        reader.TryReadUInt64(out var version);
        if (!reader.TryReadBytes(NetworkMapMessage.SignatureBytes, out var signature))
        {
            error = GossipParseError.Truncated;
            return false;
        }

        if (!reader.AtEnd)
        {
            error = GossipParseError.TrailingBytes;
            return false;
        }

        digest = new NetworkMapDigest(new PeerId(key), incarnation, version, signature.ToArray());
        error = GossipParseError.None;
        return true;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        var writer = new SpanWriter(bytes);
        writer.WriteByte((byte)GossipMessageType.Digest);
        Owner.CopyTo(writer.Reserve(PeerId.SizeBytes));
        writer.WriteUInt64(Incarnation);
        writer.WriteUInt64(Version);
        writer.WriteBytes(Signature);
        return bytes;
    }
}
