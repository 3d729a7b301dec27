namespace KillaBeez.WebRtc.Sctp.Rx;

/// <summary>
/// What received data occupies: bytes held for reassembly, and messages that the application has not yet
/// released. The rest of the limit is the a_rwnd that the peer sees, so a reader that stops stops the sender.
/// </summary>
internal sealed class ReceiveWindow(int limitBytes, int packetBytes)
{
    private readonly Queue<int> _unreleasedLengths = new();
    private long _unreleasedBytes;
    private long _releaseCredit;
    private uint _announced = (uint)limitBytes;

    /// <summary>Bytes that are not yet a whole message, or not yet deliverable.</summary>
    public long HeldBytes { get; set; }

    public long OccupiedBytes => HeldBytes + _unreleasedBytes;

    public int UnreleasedMessages => _unreleasedLengths.Count;

    /// <summary>The a_rwnd to announce now.</summary>
    public uint Available
    {
        get
        {
            var overhead = (long)_unreleasedLengths.Count * SctpLimits.MessageOverheadBytes;
            var free = limitBytes - OccupiedBytes - overhead;
            return free <= 0 || _unreleasedLengths.Count >= SctpLimits.MaxUnreleasedMessages ? 0 : (uint)free;
        }
    }

    /// <summary>Whether the peer has no business sending more.</summary>
    public bool IsFull => OccupiedBytes >= limitBytes || _unreleasedLengths.Count >= SctpLimits.MaxUnreleasedMessages;

    public void Delivered(int bytes)
    {
        _unreleasedBytes += bytes;
        if (bytes > 0)
        {
            _unreleasedLengths.Enqueue(bytes);
        }
    }

    /// <summary>Notes what the application has consumed; true where the peer should hear of it at once.</summary>
    public bool Release(int bytes)
    {
        bytes = (int)Math.Min(bytes, _unreleasedBytes);
        _unreleasedBytes -= bytes;
        _releaseCredit += bytes;
        while (_unreleasedLengths.TryPeek(out var length) && length <= _releaseCredit)
        {
            _releaseCredit -= length;
            _unreleasedLengths.Dequeue();
        }

        var available = Available;
        var wasClosed = _announced < 2 * packetBytes;
        var grown = (long)available - _announced;
        return (wasClosed && available >= 8 * packetBytes) || grown >= Math.Max(2 * packetBytes, limitBytes / 4);
    }

    /// <summary>The a_rwnd for a SACK that leaves now.</summary>
    public uint Announce() => _announced = Available;
}
