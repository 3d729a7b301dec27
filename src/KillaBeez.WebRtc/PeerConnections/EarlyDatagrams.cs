namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>
/// DTLS datagrams that came before the handshake could begin, or over a path that ICE had not validated yet. The
/// oldest are kept: a flight is of no use without its beginning.
/// </summary>
internal sealed class EarlyDatagrams : IDisposable
{
    private readonly Queue<(NetworkPath Path, PooledBuffer Datagram)> _queue = new();

    public int Count => _queue.Count;

    public void Add(NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        if (_queue.Count < PeerConnectionLimits.MaxEarlyDatagrams && datagram.Length <= PeerConnectionLimits.MaxEarlyDatagramBytes)
        {
            _queue.Enqueue((path, PooledBuffer.CopyOf(datagram)));
        }
    }

    /// <summary>Takes the oldest; the caller disposes the buffer.</summary>
    public bool TryTake(out NetworkPath path, out PooledBuffer datagram)
    {
        var taken = _queue.TryDequeue(out var entry);
        (path, datagram) = entry;
        return taken;
    }

    public void Dispose()
    {
        while (TryTake(out _, out var datagram))
        {
            datagram.Dispose();
        }
    }
}
