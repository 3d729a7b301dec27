namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>How long a sender keeps trying to deliver a message (RFC 3758, RFC 8831 section 6.6).</summary>
internal readonly record struct Reliability
{
    private Reliability(int maxRetransmits, Instant expiresAt)
    {
        MaxRetransmits = maxRetransmits;
        ExpiresAt = expiresAt;
    }

    public static Reliability Full => new(int.MaxValue, Instant.Never);

    public int MaxRetransmits { get; }

    public Instant ExpiresAt { get; }

    public bool IsPartial => MaxRetransmits != int.MaxValue || ExpiresAt != Instant.Never;

    public static Reliability Retransmits(int max) => new(max, Instant.Never);

    public static Reliability Until(Instant expiresAt) => new(int.MaxValue, expiresAt);
}

/// <summary>A message from the moment it is accepted until all its chunks are acknowledged or given up.</summary>
internal struct OutgoingMessage
{
    public PooledBuffer Payload;
    public Reliability Reliability;
    public SendStream Stream;
    public uint PayloadProtocol;
    public uint MessageId;

    /// <summary>The number of the next fragment.</summary>
    public int NextFragment;

    /// <summary>The bytes that have a TSN.</summary>
    public int AssignedBytes;

    /// <summary>Chunks that have a TSN and lie above the cumulative TSN of the peer.</summary>
    public int OutstandingChunks;

    /// <summary>The next message of the stream, or of the free list.</summary>
    public int Next;

    public bool IsUnordered;
    public bool IsAbandoned;

    /// <summary>Whether it is between its first and its last fragment.</summary>
    public bool IsBegun;

    /// <summary>Whether it counts in the stream's buffered amount; DCEP does not.</summary>
    public bool IsCounted;

    /// <summary>Whether the last fragment has a TSN, so that the message left the queue.</summary>
    public bool IsFullyAssigned;
}
