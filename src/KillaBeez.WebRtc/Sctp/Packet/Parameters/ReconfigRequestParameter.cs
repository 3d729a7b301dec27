namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>
/// The requests that this stack answers but never makes: Incoming SSN Reset, SSN/TSN Reset, Add Outgoing and
/// Add Incoming Streams (RFC 6525 sections 4.2, 4.3, 4.5 and 4.6). All begin with their sequence number.
/// <code>
/// +-------------------------------+-------------------------------+
/// |     Type = 14, 15, 17, 18     |            Length             |
/// +-------------------------------+-------------------------------+
/// |           Re-configuration request sequence number            |
/// +---------------------------------------------------------------+
/// |                             ...                               |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly record struct ReconfigRequestParameter(uint RequestSequence)
{
    public static bool TryParse(ReadOnlySpan<byte> value, out ReconfigRequestParameter parameter, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        error = reader.TryReadUInt32(out var sequence) ? SctpParseError.None : SctpParseError.Truncated;
        parameter = new ReconfigRequestParameter(sequence);
        return error == SctpParseError.None;
    }
}
