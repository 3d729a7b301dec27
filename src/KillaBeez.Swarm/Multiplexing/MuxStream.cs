namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// Where a substream stands between its first frame and the first byte of the application.
/// </summary>
/// <remarks>
/// <code>
/// opened by us:    AwaitingAnswer --accepted--> Open
///                         `--refused or reset--> (forgotten)
/// opened by peer:  AwaitingPreamble --complete--> Offered --Accept--> Open
///                                                    `--Refuse--> Refusing --answer sent--> (forgotten)
/// </code>
/// </remarks>
internal enum MuxStreamPhase
{
    AwaitingAnswer,
    AwaitingPreamble,
    Offered,
    Refusing,
    Open,
}

/// <summary>The state of one substream; <see cref="MuxEngine"/> holds all rules.</summary>
internal sealed class MuxStream(SubstreamId id, bool isLocal) : IDisposable
{
    private PooledBuffer _gathered;
    private int _gatheredBytes;

    public SubstreamId Id { get; } = id;

    public bool IsLocal { get; } = isLocal;

    public MuxStreamPhase Phase { get; set; } = isLocal ? MuxStreamPhase.AwaitingAnswer : MuxStreamPhase.AwaitingPreamble;

    /// <summary>No longer in the engine's table; queues that still name it skip it.</summary>
    public bool IsGone { get; set; }

    // Sending.

    /// <summary>Taken from the application, covered by credit, not yet in a session frame.</summary>
    public ByteRing SendQueue;

    /// <summary>What the peer's window still allows beyond the bytes already in the queue.</summary>
    public long SendCredit { get; set; } = MuxLimits.InitialWindowBytes;

    public bool SynPending { get; set; } = isLocal;

    public bool AckPending { get; set; } = !isLocal;

    public bool IsWriteClosed { get; set; }

    public bool IsFinSent { get; set; }

    /// <summary>A Write took less than it was given and was not yet told Writable.</summary>
    public bool IsWriterWaiting { get; set; }

    public bool IsInDataRing { get; set; }

    public bool IsInBudgetQueue { get; set; }

    // Receiving.

    /// <summary>How large the receive window is.</summary>
    public long WindowBytes { get; set; } = MuxLimits.InitialWindowBytes;

    /// <summary>What the peer may still send.</summary>
    public long ReceiveCredit { get; set; } = MuxLimits.InitialWindowBytes;

    /// <summary>Delivered to the application and not yet reported as consumed.</summary>
    public long UnreadBytes { get; set; }

    /// <summary>Consumed and not yet given back as credit.</summary>
    public long UnreturnedBytes { get; set; }

    /// <summary>Given back as credit, and waiting for a window update to be sent.</summary>
    public long PendingGrantBytes { get; set; }

    public bool IsInControlQueue { get; set; }

    public Instant LastGrantAt { get; set; }

    public bool IsRemoteClosed { get; set; }

    /// <summary>Whether the application reads no more.</summary>
    public bool IsReaderGone { get; set; }

    /// <summary>When the substream is reset unless something happens before.</summary>
    public Instant CleanupAt { get; set; } = Instant.Never;

    public bool IsFinPending => IsWriteClosed && !IsFinSent && (Phase is MuxStreamPhase.Open or MuxStreamPhase.Refusing);

    /// <summary>Whether a turn in the data ring would send anything.</summary>
    public bool HasDataToSend => SendQueue.Count > 0 || IsFinPending;

    /// <summary>The bytes of a preamble or answer gathered so far.</summary>
    public ReadOnlySpan<byte> Gathered => _gathered.Length == 0 ? default : _gathered.Span[.._gatheredBytes];

    /// <summary>Adds bytes of a preamble or answer, of which there are at most <paramref name="maxBytes"/>.</summary>
    public void Gather(ReadOnlySpan<byte> bytes, int maxBytes)
    {
        if (_gathered.Length == 0)
        {
            _gathered = PooledBuffer.Rent(maxBytes);
        }

        bytes.CopyTo(_gathered.Span[_gatheredBytes..]);
        _gatheredBytes += bytes.Length;
    }

    public void DropGathered()
    {
        _gathered.Dispose();
        _gathered = default;
        _gatheredBytes = 0;
    }

    public void Dispose()
    {
        SendQueue.Dispose();
        DropGathered();
    }
}
