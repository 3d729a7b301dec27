namespace KillaBeez.Swarm.Sessions;

/// <summary>The items of a session message; each begins with its code (session design, 2.2).</summary>
internal enum SessionItemKind : byte
{
    /// <summary>One frame, to the end of the message. Numbered.</summary>
    Data = 0x01,

    /// <summary>The number of the next DATA or FIN on this link.</summary>
    Start = 0x02,

    /// <summary>The next expected frame.</summary>
    Ack = 0x03,

    /// <summary>The next expected frame, and a wish: send to me on this link.</summary>
    Pull = 0x04,

    /// <summary>The last item of this direction. Numbered.</summary>
    Fin = 0x05,

    /// <summary>8 bytes that come back in a PONG.</summary>
    Ping = 0x06,

    /// <summary>The 8 bytes of a PING.</summary>
    Pong = 0x07,

    /// <summary>The session is over.</summary>
    End = 0x08,

    /// <summary>This link is over, the session is not.</summary>
    Bye = 0x09,
}

/// <summary>
/// One item of a message. Which fields have a meaning depends on the kind; the bytes point into the message.
/// <code>
/// DATA   01 | frame, 1..65,408 bytes, to the end        FIN    05
/// START  02 | number (varint)                           PING   06 | 8 bytes
/// ACK    03 | next expected (varint)                    PONG   07 | 8 bytes
/// PULL   04 | next expected (varint)                    BYE    09 | reason (8)
/// END    08 | code (8) | next expected (varint) | UTF-8 text, 0..128 bytes, to the end
/// </code>
/// Varints are those of RFC 9000, section 16.
/// </summary>
internal readonly ref struct SessionItem
{
    public SessionItemKind Kind { get; init; }

    /// <summary>The number of START, ACK, PULL and END.</summary>
    public ulong Number { get; init; }

    /// <summary>The 8 bytes of PING and PONG as a big-endian number.</summary>
    public ulong Echo { get; init; }

    /// <summary>The code of END.</summary>
    public SessionEndCode EndCode { get; init; }

    /// <summary>The reason of BYE.</summary>
    public LinkByeReason ByeReason { get; init; }

    /// <summary>The frame of DATA or the text of END.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }
}

/// <summary>Why a message is not a run of items.</summary>
internal enum SessionItemError
{
    None,
    EmptyMessage,
    Truncated,
    UnknownItem,
    UnknownCode,
    EmptyFrame,
    FrameTooLong,
    TextTooLong,
    InvalidText,
    TooManyItems,
}
