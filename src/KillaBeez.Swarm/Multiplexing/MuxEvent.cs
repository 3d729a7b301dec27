namespace KillaBeez.Swarm.Multiplexing;

/// <summary>What happened in a <see cref="MuxEngine"/>.</summary>
internal enum MuxEventKind
{
    /// <summary>The peer opened a substream: Type, Metadata. It waits for Accept or Refuse.</summary>
    RemoteOpened,

    /// <summary>The peer accepted a substream of ours; it can be written to.</summary>
    Accepted,

    /// <summary>The peer refused a substream of ours: Code, Text. The substream is over.</summary>
    Refused,

    /// <summary>Bytes arrived: Buffer, whose ownership passes to the poller. Report them with Consumed once read.</summary>
    Data,

    /// <summary>A substream whose Write took less than it was given has room again.</summary>
    Writable,

    /// <summary>The peer writes no more; all its bytes were delivered before.</summary>
    RemoteClosedWrite,

    /// <summary>The substream was reset by the peer or for a limit's sake: Code. It is over; unread bytes need no Consumed.</summary>
    Reset,

    /// <summary>Both directions are finished and everything was consumed. The substream is over.</summary>
    Closed,

    /// <summary>The answer to a Ping: Code is its number, RoundTripTime how long it took.</summary>
    PingAnswered,

    /// <summary>The peer accepts no new substreams: Code is a MuxGoAwayCode. Open ones go on.</summary>
    GoAway,

    /// <summary>The peer broke the protocol: Violation. Every substream is over; send what remains and end the session.</summary>
    Violation,
}

/// <summary>How a peer broke the multiplexer's protocol.</summary>
internal enum MuxViolation
{
    None,

    /// <summary>A header of another version or of no known type.</summary>
    MalformedHeader,

    /// <summary>A number of the wrong parity, 0, or not above the ones before.</summary>
    BadSubstreamId,

    /// <summary>A frame for a substream that was never opened.</summary>
    UnopenedSubstream,

    /// <summary>More data than the substream's window allowed.</summary>
    WindowOverflow,

    /// <summary>A window update that makes the credit exceed 2^32-1.</summary>
    CreditOverflow,

    /// <summary>Data or a second FIN after FIN.</summary>
    DataAfterFin,

    /// <summary>Substreams were opened on and on although they were refused.</summary>
    OpenFlood,

    /// <summary>More resets than the limit.</summary>
    ResetFlood,

    /// <summary>More pings than the limit.</summary>
    PingFlood,

    /// <summary>Frames that want answers, from a peer that reads none.</summary>
    ControlFlood,
}

/// <summary>
/// One event. Which members have a value is said at <see cref="MuxEventKind"/>. The last event of every substream
/// that was announced by RemoteOpened or TryOpen is Refused, Reset, Closed, or the engine's Violation.
/// </summary>
internal readonly record struct MuxEvent(MuxEventKind Kind, SubstreamId Id)
{
    public uint Code { get; init; }

    /// <summary>Type of a substream, or text of a refusal.</summary>
    public string Text { get; init; } = string.Empty;

    public byte[] Metadata { get; init; } = [];

    /// <summary>Only with Data. Whoever polls the event disposes it.</summary>
    public PooledBuffer Buffer { get; init; }

    public TimeSpan RoundTripTime { get; init; }

    public MuxViolation Violation { get; init; }
}
