namespace KillaBeez.WebRtc.Sctp.Rx;

internal enum ReassemblyError
{
    None,

    /// <summary>Fragments that cannot belong together.</summary>
    FragmentMismatch,

    MessageTooLarge,

    /// <summary>More messages begun and not finished than are kept.</summary>
    TooManyMessages,
}

/// <summary>
/// Makes messages of the chunks that arrive, each of them once, and reports them as events. Which of its two
/// forms an association has is agreed in the set-up: fragments with consecutive TSNs (RFC 9260), or numbered
/// ones in any mixture (RFC 8260).
/// </summary>
internal interface IReassembler
{
    /// <summary>How many chunks wait above a gap, or for other fragments of their messages.</summary>
    int HeldCount { get; }

    /// <summary>Whether a reset is announced for a TSN not yet reached, so that stream numbers cannot be judged.</summary>
    bool IsResetPending { get; set; }

    /// <summary>Takes the chunk that follows the cumulative TSN.</summary>
    ReassemblyError Consume(FragmentHeader header, ReadOnlySpan<byte> payload);

    /// <summary>Takes a chunk above a gap.</summary>
    ReassemblyError Hold(Tsn cumulative, Tsn tsn, FragmentHeader header, ReadOnlySpan<byte> payload);

    /// <summary>The numbers of a stream begin again.</summary>
    void ResetStream(ushort streamId);

    void ResetAllStreams();

    /// <summary>Returns every buffer.</summary>
    void Clear(Tsn cumulative);
}
