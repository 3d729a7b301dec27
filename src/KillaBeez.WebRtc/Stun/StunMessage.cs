namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// A checked view of one STUN message over the bytes it came in: nothing is copied or allocated. Every length
/// inside has been verified, so reading attributes cannot fail halfway.
/// </summary>
internal readonly ref struct StunMessage
{
    private readonly ReadOnlySpan<byte> _attributes;

    private StunMessage(ReadOnlySpan<byte> bytes, StunHeader header, scoped in Offsets offsets)
    {
        Bytes = bytes;
        Header = header;
        IntegrityOffset = offsets.Integrity;
        IntegritySha256Offset = offsets.IntegritySha256;
        FingerprintOffset = offsets.Fingerprint;

        // RFC 8489, section 14.5: what follows the integrity attributes is not protected and is ignored.
        var end = FirstOf(FirstOf(IntegrityOffset, IntegritySha256Offset), FingerprintOffset);
        _attributes = bytes[StunHeader.Bytes..(end < 0 ? bytes.Length : end)];
    }

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public StunHeader Header { get; }

    public StunMessageType Type => Header.Type;

    public StunTransactionId TransactionId => Header.TransactionId;

    /// <summary>Where MESSAGE-INTEGRITY starts, or -1.</summary>
    public int IntegrityOffset { get; }

    /// <summary>Where MESSAGE-INTEGRITY-SHA256 starts, or -1.</summary>
    public int IntegritySha256Offset { get; }

    /// <summary>Where FINGERPRINT starts, or -1.</summary>
    public int FingerprintOffset { get; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, out StunMessage message, out StunParseError error)
    {
        message = default;
        var reader = new SpanReader(bytes);
        if (!StunHeader.TryRead(ref reader, out var header, out error))
        {
            return false;
        }

        if (bytes.Length > (header.Type.IsBinding ? StunLimits.MaxMessageBytes : StunLimits.MaxTurnMessageBytes))
        {
            error = StunParseError.TooLong;
            return false;
        }

        if (header.AttributeBytes != reader.Remaining)
        {
            error = StunParseError.BadLength;
            return false;
        }

        if (!TryScan(ref reader, out var offsets, out error))
        {
            return false;
        }

        message = new StunMessage(bytes, header, offsets);
        return true;
    }

    /// <summary>
    /// The value of the first attribute of this type. Later ones of the same type are ignored (RFC 8489,
    /// section 14), and so is everything behind the integrity attributes.
    /// </summary>
    public bool TryGet(StunAttributeType type, out ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(_attributes);
        while (StunAttributeReader.TryRead(ref reader, out var found, out value))
        {
            if (found == (ushort)type)
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>All attributes in the order of the message, for those that may occur more than once.</summary>
    public StunAttributeReader ReadAttributes() => new(_attributes);

    public bool Has(StunAttributeType type) => TryGet(type, out _);

    /// <summary>
    /// Collects the types that a receiver must understand and we do not. Returns how many fit into
    /// <paramref name="types"/>; zero means that the message may be processed.
    /// </summary>
    public int CollectUnknownRequired(Span<ushort> types)
    {
        var count = 0;
        var reader = new SpanReader(_attributes);
        while (count < types.Length && StunAttributeReader.TryRead(ref reader, out var type, out _))
        {
            if (StunAttributeTypes.IsComprehensionRequired(type) && !StunAttributeTypes.IsKnownRequired(type) && !types[..count].Contains(type))
            {
                types[count] = type;
                count++;
            }
        }

        return count;
    }

    /// <summary>The value of the attribute that starts at an offset found while parsing.</summary>
    public ReadOnlySpan<byte> ValueAt(int offset)
    {
        var reader = new SpanReader(Bytes[offset..]);
        return StunAttributeReader.TryRead(ref reader, out _, out var value) ? value : default;
    }

    private static bool TryScan(ref SpanReader reader, out Offsets offsets, out StunParseError error)
    {
        offsets = new Offsets();
        error = StunParseError.None;
        for (var count = 0; !reader.AtEnd; count++)
        {
            if (offsets.Fingerprint >= 0)
            {
                error = StunParseError.FingerprintNotLast;
                return false;
            }

            if (count == StunLimits.MaxAttributes)
            {
                error = StunParseError.TooManyAttributes;
                return false;
            }

            var offset = reader.Position;
            if (!StunAttributeReader.TryRead(ref reader, out var type, out _))
            {
                error = StunParseError.TruncatedAttribute;
                return false;
            }

            offsets.Note((StunAttributeType)type, offset);
        }

        return true;
    }

    private static int FirstOf(int a, int b) => a < 0 ? b : b < 0 ? a : Math.Min(a, b);

    private struct Offsets()
    {
        public int Integrity = -1;
        public int IntegritySha256 = -1;
        public int Fingerprint = -1;

        public void Note(StunAttributeType type, int offset)
        {
            switch (type)
            {
                case StunAttributeType.MessageIntegrity when Integrity < 0 && IntegritySha256 < 0:
                    Integrity = offset;
                    break;
                case StunAttributeType.MessageIntegritySha256 when IntegritySha256 < 0:
                    IntegritySha256 = offset;
                    break;
                case StunAttributeType.Fingerprint:
                    Fingerprint = offset;
                    break;
            }
        }
    }
}
