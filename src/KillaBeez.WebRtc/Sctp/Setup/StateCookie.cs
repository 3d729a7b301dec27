using System.Security.Cryptography;

namespace KillaBeez.WebRtc.Sctp.Setup;

/// <summary>
/// The State Cookie of our INIT-ACK (RFC 9260 section 5.1.3): everything needed to set the association up, so
/// that an INIT costs no memory, under an HMAC-SHA-256 with a key that only this association knows.
/// <code>
/// +---------------------------------------------------------------+
/// |              Time of creation in microseconds (8)             |
/// +---------------------------------------------------------------+
/// |  Our tag, peer's tag, our tie-tag, peer's tie-tag (4 x 4)     |
/// +---------------------------------------------------------------+
/// |      Peer's initial TSN, peer's a_rwnd (2 x 4)                |
/// +-------------------------------+---------------+---------------+
/// |  Streams out, in (2 x 2)      | Capabilities  |   Zeros (3)   |
/// +-------------------------------+---------------+---------------+
/// |       Our port, peer's port (2 x 2)           | HMAC (32)     |
/// +-----------------------------------------------+---------------+
/// </code>
/// </summary>
internal readonly record struct StateCookie
{
    public const int SizeBytes = BodyBytes + HMACSHA256.HashSizeInBytes;

    public const int KeyBytes = 32;

    private const int BodyBytes = 44;

    public Instant CreatedAt { get; init; }

    public uint LocalTag { get; init; }

    public uint LocalTieTag { get; init; }

    public uint PeerTieTag { get; init; }

    public PeerDescription Peer { get; init; }

    public ushort LocalPort { get; init; }

    public ushort RemotePort { get; init; }

    public void Write(Span<byte> destination, ReadOnlySpan<byte> key)
    {
        var writer = new SpanWriter(destination);
        writer.WriteUInt64((ulong)CreatedAt.Microseconds);
        writer.WriteUInt32(LocalTag);
        writer.WriteUInt32(Peer.Tag);
        writer.WriteUInt32(LocalTieTag);
        writer.WriteUInt32(PeerTieTag);
        writer.WriteUInt32(Peer.InitialTsn.Value);
        writer.WriteUInt32(Peer.WindowBytes);
        writer.WriteUInt16(Peer.OutboundStreams);
        writer.WriteUInt16(Peer.InboundStreams);
        writer.WriteByte((byte)Peer.Capabilities);
        writer.WriteZeros(3);
        writer.WriteUInt16(LocalPort);
        writer.WriteUInt16(RemotePort);
        HMACSHA256.HashData(key, writer.Written, writer.Reserve(HMACSHA256.HashSizeInBytes));
    }

    /// <summary>Reads a cookie that came back; false unless it is one of ours, unchanged.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> key, out StateCookie cookie)
    {
        cookie = default;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadBytes(BodyBytes, out var body)
            || !reader.TryReadBytes(HMACSHA256.HashSizeInBytes, out var mac)
            || !reader.AtEnd)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, body, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, mac))
        {
            return false;
        }

        cookie = Read(body);
        return true;
    }

    private static StateCookie Read(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        reader.TryReadUInt64(out var created);
        reader.TryReadUInt32(out var localTag);
        reader.TryReadUInt32(out var peerTag);
        reader.TryReadUInt32(out var localTie);
        reader.TryReadUInt32(out var peerTie);
        reader.TryReadUInt32(out var tsn);
        reader.TryReadUInt32(out var window);
        reader.TryReadUInt16(out var outbound);
        reader.TryReadUInt16(out var inbound);
        reader.TryReadByte(out var capabilities);
        reader.TrySkip(3);
        reader.TryReadUInt16(out var localPort);
        reader.TryReadUInt16(out var remotePort);
        return new StateCookie
        {
            CreatedAt = new Instant((long)created),
            LocalTag = localTag,
            LocalTieTag = localTie,
            PeerTieTag = peerTie,
            LocalPort = localPort,
            RemotePort = remotePort,
            Peer = new PeerDescription
            {
                Tag = peerTag,
                InitialTsn = new Tsn(tsn),
                WindowBytes = window,
                OutboundStreams = outbound,
                InboundStreams = inbound,
                Capabilities = (PeerCapabilities)capabilities,
            },
        };
    }
}
