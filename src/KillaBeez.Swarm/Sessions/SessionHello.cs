using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Swarm.Sessions;

/// <summary>The session that a side holds, and the number of the next frame it expects in it.</summary>
internal readonly record struct LiveSession(SessionPair Pair, ulong Next);

/// <summary>The session that a side held last, how far it had received it and how it ended.</summary>
internal readonly record struct EndedSession(SessionPair Pair, ulong Next, SessionEndCode Code);

/// <summary>
/// What each side says in its Noise handshake message (session design, 2.1). Big-endian; 12 bytes, 24 more
/// with LIVE, 25 more with ENDED. Unknown flags, the reserved byte and trailing bytes are ignored.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------+-----------+-+-+---------------+---------------+
/// |  version = 1  |  ignored  |E|L| log2(replay)  |   reserved    |
/// +---------------+-----------+-+-+---------------+---------------+
/// |                      spare tag, not 0 (64)                    |
/// +---------------------------------------------------------------+
/// | L: own tag (64), peer's tag (64), next expected frame (64)    |
/// +---------------------------------------------------------------+
/// | E: own tag (64), peer's tag (64), next expected (64), code (8)|
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal sealed record SessionHello
{
    public const byte Version = 1;

    public const int MaxSizeBytes = 12 + LiveBytes + EndedBytes;

    private const int LiveBytes = 24;
    private const int EndedBytes = 25;
    private const byte LiveFlag = 0x01;
    private const byte EndedFlag = 0x02;

    /// <summary>The tag that this side will use in its next session with the peer.</summary>
    public required SessionTag Spare { get; init; }

    /// <summary>log2 of the bytes that this side keeps until acknowledged, 16 to 32.</summary>
    public required int ReplayBudgetLog2 { get; init; }

    public LiveSession? Live { get; init; }

    public EndedSession? Ended { get; init; }

    public int SizeBytes => 12 + (Live is null ? 0 : LiveBytes) + (Ended is null ? 0 : EndedBytes);

    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(Version);
        writer.WriteByte((byte)((Live is null ? 0 : LiveFlag) | (Ended is null ? 0 : EndedFlag)));
        writer.WriteByte((byte)ReplayBudgetLog2);
        writer.WriteByte(0);
        writer.WriteUInt64(Spare.Value);
        if (Live is { } live)
        {
            WritePair(ref writer, live.Pair);
            writer.WriteUInt64(live.Next);
        }

        if (Ended is { } ended)
        {
            WritePair(ref writer, ended.Pair);
            writer.WriteUInt64(ended.Next);
            writer.WriteByte((byte)ended.Code);
        }

        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SessionHello? hello, out SessionHelloError error)
    {
        hello = null;
        var reader = new SpanReader(bytes);
        reader.TryReadByte(out var version);
        if (!reader.Failed && version != Version)
        {
            error = SessionHelloError.UnsupportedVersion;
            return false;
        }

        reader.TryReadByte(out var flags);
        reader.TryReadByte(out var budget);
        reader.TrySkip(1);
        reader.TryReadUInt64(out var spare);
        LiveSession? live = (flags & LiveFlag) == 0 ? null : new LiveSession(ReadPair(ref reader), ReadNext(ref reader));
        EndedSession? ended = (flags & EndedFlag) == 0 ? null : new EndedSession(ReadPair(ref reader), ReadNext(ref reader), ReadCode(ref reader));
        error = reader.Failed ? SessionHelloError.Truncated : Check(budget, spare, live, ended);
        if (error != SessionHelloError.None)
        {
            return false;
        }

        hello = new SessionHello { Spare = new SessionTag(spare), ReplayBudgetLog2 = budget, Live = live, Ended = ended };
        return true;
    }

    private static SessionHelloError Check(byte budget, ulong spare, LiveSession? live, EndedSession? ended)
    {
        if (budget is < SessionLimits.MinReplayBudgetLog2 or > SessionLimits.MaxReplayBudgetLog2)
        {
            return SessionHelloError.BudgetOutOfRange;
        }

        if (spare == 0 || HasZeroTag(live?.Pair) || HasZeroTag(ended?.Pair))
        {
            return SessionHelloError.ZeroTag;
        }

        return ended is { Code: > SessionEndCode.ShuttingDown } ? SessionHelloError.UnknownCode : SessionHelloError.None;
    }

    private static bool HasZeroTag(SessionPair? pair) =>
        pair is { } p && (p.Own == SessionTag.None || p.Peer == SessionTag.None);

    private static void WritePair(ref SpanWriter writer, SessionPair pair)
    {
        writer.WriteUInt64(pair.Own.Value);
        writer.WriteUInt64(pair.Peer.Value);
    }

    private static SessionPair ReadPair(ref SpanReader reader) => reader.TryReadBytes(16, out var bytes)
        ? new SessionPair(
            new SessionTag(BinaryPrimitives.ReadUInt64BigEndian(bytes)),
            new SessionTag(BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])))
        : default;

    private static ulong ReadNext(ref SpanReader reader)
    {
        reader.TryReadUInt64(out var next);
        return next;
    }

    private static SessionEndCode ReadCode(ref SpanReader reader)
    {
        reader.TryReadByte(out var code);
        return (SessionEndCode)code;
    }
}

/// <summary>Why bytes are not a Hello.</summary>
internal enum SessionHelloError
{
    None,
    Truncated,
    UnsupportedVersion,
    BudgetOutOfRange,
    ZeroTag,
    UnknownCode,
}
