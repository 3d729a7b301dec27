namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// Walks over attributes (RFC 8489, section 14).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         Type                  |            Length             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Value (variable)                ....
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal ref struct StunAttributeReader(ReadOnlySpan<byte> attributes)
{
    private SpanReader _reader = new(attributes);

    /// <summary>The next attribute; false at the end.</summary>
    public bool TryReadNext(out StunAttributeType type, out ReadOnlySpan<byte> value)
    {
        var found = TryRead(ref _reader, out var number, out value);
        type = (StunAttributeType)number;
        return found;
    }

    /// <summary>The next attribute of this type; false where there is none up to the end.</summary>
    public bool TryReadNext(StunAttributeType type, out ReadOnlySpan<byte> value)
    {
        while (TryReadNext(out var found, out value))
        {
            if (found == type)
            {
                return true;
            }
        }

        return false;
    }

    public static bool TryRead(scoped ref SpanReader reader, out ushort type, out ReadOnlySpan<byte> value)
    {
        value = default;
        _ = reader.TryReadUInt16(out type);
        return reader.TryReadUInt16(out var length)
            && reader.TryReadBytes(length, out value)
            // The bytes that fill up to a multiple of four may have any value (RFC 8489, section 14).
            && reader.TrySkip(-length & 3);
    }
}
