namespace KillaBeez.WebRtc.Io;

/// <summary>
/// Collects datagrams in one buffer and sends runs of one size to one destination with a single call. The engine
/// writes straight into the buffer, so nothing is copied.
/// <code>
///   sent and forgotten | run: segment segment segment | next datagram is written here ...
///                      ^_start                        ^_end
/// </code>
/// </summary>
internal sealed class SendBatch
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(2 * IoLimits.MaxSendBytes, pinned: true);

    private TransportSocket? _socket;
    private TransportAddress _remote;
    private int _start;
    private int _end;
    private int _segmentBytes;
    private bool _complete;

    /// <summary>The socket whose buffer is full; nothing more may be added until <see cref="TryFlush"/> succeeds.</summary>
    public TransportSocket? Blocked { get; private set; }

    public long DatagramsSent { get; private set; }

    public long BytesSent { get; private set; }

    public long SystemCalls { get; private set; }

    public long DatagramsDropped { get; private set; }

    /// <summary>Room for the next datagram. False while a socket is blocked.</summary>
    public bool TryReserve(out Span<byte> destination)
    {
        if (_buffer.Length - _end < IoLimits.MaxDatagramBytes && !TryFlush())
        {
            destination = default;
            return false;
        }

        destination = Blocked is null ? _buffer.AsSpan(_end, IoLimits.MaxDatagramBytes) : default;
        return Blocked is null;
    }

    /// <summary>Adds what has been written into the reserved room.</summary>
    public void Commit(TransportSocket socket, TransportAddress remote, int bytes)
    {
        var joins = _end > _start
            && !_complete
            && socket == _socket
            && socket.CanSegment
            && bytes <= _segmentBytes
            && _end - _start + bytes <= IoLimits.MaxSendBytes
            && (_end - _start) / _segmentBytes < IoLimits.MaxSegmentsPerSend
            && remote == _remote;
        if (joins)
        {
            // A shorter segment is only possible as the last one.
            _complete = bytes < _segmentBytes;
            _end += bytes;
            return;
        }

        var at = _end;
        if (!TryFlush())
        {
            // The run before is still waiting for its socket: a datagram that finds no room is lost.
            DatagramsDropped++;
            return;
        }

        _socket = socket;
        _remote = remote;
        _segmentBytes = bytes;
        _complete = false;
        _start = at;
        _end = at + bytes;
    }

    /// <summary>Sends what is there; false where the socket is blocked and the rest has to wait.</summary>
    public bool TryFlush()
    {
        while (_start < _end)
        {
            var run = _buffer.AsSpan(_start, _end - _start);
            var piece = _socket!.CanSegment ? run : run[..Math.Min(_segmentBytes, run.Length)];
            SystemCalls++;
            switch (_socket.Send(piece, _segmentBytes, _remote))
            {
                case SendOutcome.Sent:
                    DatagramsSent += (piece.Length + _segmentBytes - 1) / _segmentBytes;
                    BytesSent += piece.Length;
                    _start += piece.Length;
                    break;
                case SendOutcome.Dropped:
                    DatagramsDropped += (piece.Length + _segmentBytes - 1) / _segmentBytes;
                    _start += piece.Length;
                    break;
                case SendOutcome.WouldBlock:
                    Blocked = _socket;
                    return false;
                case SendOutcome.SegmentationUnsupported:
                    break;
            }
        }

        Blocked = null;
        _start = _end = 0;
        return true;
    }

    /// <summary>Forgets what waits for a socket that is about to be closed.</summary>
    public void Forget(TransportSocket socket)
    {
        if (_socket == socket)
        {
            _start = _end = 0;
            _socket = null;
            Blocked = null;
        }
    }
}
