namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// ChannelData (RFC 8656, section 12.4): a payload with a header of four bytes instead of a STUN message.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |         Channel Number        |            Length             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// /                       Application Data                        /
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// The length counts neither header nor padding. Over a stream a message is padded to a multiple of four bytes; over
/// UDP it need not be, and is not by us.
/// </summary>
internal static class ChannelData
{
    public const int HeaderBytes = 4;

    /// <summary>The bytes of a whole message.</summary>
    /// <param name="payloadBytes">0..65535.</param>
    /// <param name="padded">True over TCP and TLS.</param>
    public static int SizeOf(int payloadBytes, bool padded) =>
        HeaderBytes + (padded ? (payloadBytes + 3) & ~3 : payloadBytes);

    /// <summary>Writes a whole message and returns its bytes; padding is zeroed.</summary>
    public static int Write(Span<byte> destination, ChannelNumber number, ReadOnlySpan<byte> payload, bool padded)
    {
        var writer = new SpanWriter(destination);
        WriteHeader(ref writer, number, payload.Length);
        writer.WriteBytes(payload);
        if (padded)
        {
            writer.WriteZeros(-payload.Length & 3);
        }

        return writer.Position;
    }

    /// <summary>Only the header, for a payload that is already where it has to be.</summary>
    public static void WriteHeader(ref SpanWriter writer, ChannelNumber number, int payloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadBytes, ushort.MaxValue);
        writer.WriteUInt16(number.Value);
        writer.WriteUInt16((ushort)payloadBytes);
    }

    /// <summary>
    /// Reads a datagram or a frame of a stream. What follows the payload is padding, which is allowed over UDP too
    /// (RFC 8656, section 12.5).
    /// </summary>
    /// <param name="bytes">The message.</param>
    /// <param name="number">The channel, in the range that can be bound.</param>
    /// <param name="payload">A slice of the message.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, out ChannelNumber number, out ReadOnlySpan<byte> payload, out ChannelDataParseError error)
    {
        payload = default;
        var reader = new SpanReader(bytes);
        _ = reader.TryReadUInt16(out var value);
        _ = reader.TryReadUInt16(out var length);
        number = new ChannelNumber(value);
        error = reader.Failed ? ChannelDataParseError.TooShort
            : !number.IsValid ? ChannelDataParseError.NotAChannel
            : !reader.TryReadBytes(length, out payload) ? ChannelDataParseError.BadLength
            : ChannelDataParseError.None;
        return error == ChannelDataParseError.None;
    }
}
