namespace KillaBeez.WebRtc.Mdns;

/// <summary>Why bytes are no DNS message that this client reads.</summary>
internal enum DnsParseError
{
    None,
    Truncated,
    TooLong,
    TooManyRecords,

    /// <summary>A pointer that does not lead strictly backwards: following it might never end.</summary>
    BadPointer,

    /// <summary>A label type that RFC 1035 does not know.</summary>
    BadLabel,

    NameTooLong,
}
