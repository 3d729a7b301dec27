namespace KillaBeez.WebRtc.Stun;

/// <summary>The 96 bits that tie an answer to its request; unguessable, so that only who saw the request can answer (RFC 8489, section 5).</summary>
/// <param name="High">The first four bytes.</param>
/// <param name="Low">The last eight bytes.</param>
internal readonly record struct StunTransactionId(uint High, ulong Low)
{
    public const int Bytes = 12;

    public static StunTransactionId NewRandom(IRandomSource random) => new(random.NextUInt32(), random.NextUInt64());

    public void Write(ref SpanWriter writer)
    {
        writer.WriteUInt32(High);
        writer.WriteUInt64(Low);
    }

    public static bool TryRead(ref SpanReader reader, out StunTransactionId id)
    {
        _ = reader.TryReadUInt32(out var high);
        var ok = reader.TryReadUInt64(out var low);
        id = new StunTransactionId(high, low);
        return ok;
    }
}
