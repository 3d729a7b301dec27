namespace KillaBeez.WebRtc.Sctp.Packet;

/// <summary>Why bytes of a peer are not a packet, chunk, parameter or error cause.</summary>
internal enum SctpParseError
{
    None,

    /// <summary>Fewer bytes than the fixed part needs.</summary>
    Truncated,

    /// <summary>A length field is smaller than its header or larger than what is there.</summary>
    BadLength,

    /// <summary>The checksum is neither right nor an allowed zero.</summary>
    BadChecksum,

    /// <summary>A field has a value that its RFC forbids.</summary>
    BadValue,

    /// <summary>More chunks, parameters or entries than the stated limit.</summary>
    TooMany,
}
