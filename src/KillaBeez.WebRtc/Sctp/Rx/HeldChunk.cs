using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Rx;

internal enum HeldState : byte
{
    /// <summary>Not there.</summary>
    Missing,

    Held,

    /// <summary>Arrived, and its message is already delivered.</summary>
    Consumed,
}

/// <summary>What is known of a chunk above a gap.</summary>
internal struct HeldChunk
{
    public HeldState State;
    public DataFlags Flags;
    public ushort StreamId;
    public ushort StreamSequence;
    public uint PayloadProtocol;
    public PooledBuffer Payload;
}

/// <summary>
/// The header of DATA or I-DATA without its TSN. Of DATA the message is its 16-bit stream sequence number, and
/// there are no fragment numbers.
/// </summary>
internal readonly record struct FragmentHeader(
    DataFlags Flags,
    ushort StreamId,
    uint MessageId,
    uint PayloadProtocol,
    uint FragmentNumber = 0)
{
    public ushort StreamSequence => (ushort)MessageId;

    public bool IsBegin => (Flags & DataFlags.Begin) != 0;

    public bool IsEnd => (Flags & DataFlags.End) != 0;

    public bool IsUnordered => (Flags & DataFlags.Unordered) != 0;
}
