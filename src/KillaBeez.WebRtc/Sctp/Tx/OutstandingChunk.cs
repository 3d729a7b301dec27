namespace KillaBeez.WebRtc.Sctp.Tx;

[Flags]
internal enum ChunkState : byte
{
    None = 0,
    Begin = 0x01,
    End = 0x02,

    /// <summary>Reported in a gap block.</summary>
    Acknowledged = 0x04,

    /// <summary>To be sent again.</summary>
    Lost = 0x08,

    /// <summary>Given up; FORWARD-TSN takes the peer over it.</summary>
    Abandoned = 0x10,

    /// <summary>The packet was alone and did not ask for a SACK at once, so its round trip says nothing.</summary>
    AckMayBeDelayed = 0x20,

    /// <summary>It lies beyond the base size of its packet, so its arrival shows that larger packets pass.</summary>
    InLargePacket = 0x40,
}

/// <summary>A chunk with a TSN above the peer's cumulative TSN.</summary>
internal struct OutstandingChunk
{
    /// <summary>Index of the message.</summary>
    public int Message;
    public int Offset;

    /// <summary>Which fragment of its message it is, from 0; I-DATA says so.</summary>
    public int Fragment;

    /// <summary>The number of the packet that carried it last; packets are numbered in the order of sending.</summary>
    public uint PacketNumber;
    public ushort Length;
    public ChunkState State;

    /// <summary>How often it was sent, at most 255.</summary>
    public byte Transmissions;
    public Instant SentAt;

    public readonly bool IsInFlight =>
        (State & (ChunkState.Acknowledged | ChunkState.Lost | ChunkState.Abandoned)) == 0;

    public readonly bool Has(ChunkState state) => (State & state) != 0;
}
