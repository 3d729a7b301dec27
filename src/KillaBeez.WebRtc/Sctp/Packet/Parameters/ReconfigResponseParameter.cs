namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>The results of RFC 6525 section 4.4.</summary>
internal enum ReconfigResult : uint
{
    NothingToDo = 0,
    Performed = 1,
    Denied = 2,
    WrongSsn = 3,
    AlreadyInProgress = 4,
    BadSequenceNumber = 5,
    InProgress = 6,
}

/// <summary>
/// Re-configuration Response (RFC 6525 section 4.4). The form with TSNs answers SSN/TSN resets, which this
/// stack does not make; the two words are skipped.
/// <code>
/// +-------------------------------+-------------------------------+
/// |          Type = 16            |            Length             |
/// +-------------------------------+-------------------------------+
/// |           Re-configuration response sequence number           |
/// +---------------------------------------------------------------+
/// |                            Result                             |
/// +---------------------------------------------------------------+
/// |       Sender's next TSN, receiver's next TSN (optional)       |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly record struct ReconfigResponseParameter(uint ResponseSequence, ReconfigResult Result)
{
    public const int SizeBytes = 12;

    public static bool TryParse(ReadOnlySpan<byte> value, out ReconfigResponseParameter parameter, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        reader.TryReadUInt32(out var sequence);
        reader.TryReadUInt32(out var result);
        parameter = new ReconfigResponseParameter(sequence, (ReconfigResult)result);
        error = reader.Failed ? SctpParseError.Truncated : SctpParseError.None;
        return error == SctpParseError.None;
    }

    public void Write(ref SpanWriter writer)
    {
        Tlv.WriteHeader(ref writer, ParameterType.ReconfigResponse, SizeBytes - Tlv.HeaderBytes);
        writer.WriteUInt32(ResponseSequence);
        writer.WriteUInt32((uint)Result);
    }
}
