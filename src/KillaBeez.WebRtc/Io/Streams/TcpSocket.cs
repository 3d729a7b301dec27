namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>
/// ICE over TCP (RFC 6544): one local base whose datagrams travel in one TCP connection a remote address, with the
/// framing of RFC 4571.
/// </summary>
internal abstract class TcpSocket(IoLoop loop, TransportAddress localAddress) : TransportSocket, IFramedStreamOwner
{
    private readonly Dictionary<TransportAddress, FramedStream> _streams = [];

    public override TransportAddress LocalAddress { get; } = localAddress;

    public override DatagramSocket? Pollable => null;

    protected IoLoop Loop => loop;

    protected int StreamCount => _streams.Count;

    public override SendOutcome Send(ReadOnlySpan<byte> datagrams, int segmentBytes, TransportAddress to)
    {
        var stream = _streams.GetValueOrDefault(to) ?? Open(to);
        return stream is not null && stream.TrySend(datagrams) ? SendOutcome.Sent : SendOutcome.Dropped;
    }

    /// <summary>Nobody uses this connection any more.</summary>
    public void Close(TransportAddress remote)
    {
        if (_streams.Remove(remote, out var stream))
        {
            stream.Dispose();
        }
    }

    public override void Dispose()
    {
        foreach (var stream in _streams.Values)
        {
            stream.Dispose();
        }

        _streams.Clear();
    }

    void IFramedStreamOwner.OnOpened(Instant now, FramedStream stream)
    {
    }

    void IFramedStreamOwner.OnFrame(Instant now, FramedStream stream, ReadOnlySpan<byte> frame)
    {
        if (loop.Route(now, new NetworkPath(LocalAddress, stream.Remote), frame))
        {
            stream.NoteKnown();
        }
        else
        {
            OnUnroutable(stream);
        }
    }

    void IFramedStreamOwner.OnClosed(Instant now, FramedStream stream, string reason)
    {
        if (_streams.GetValueOrDefault(stream.Remote) == stream)
        {
            _streams.Remove(stream.Remote);
            loop.FailPath(now, new NetworkPath(LocalAddress, stream.Remote));
        }
    }

    /// <summary>A connection to send to an address that there is none to; null where it is for the peer to open one.</summary>
    protected abstract FramedStream? Open(TransportAddress to);

    /// <summary>A datagram came that no connection wanted.</summary>
    protected virtual void OnUnroutable(FramedStream stream)
    {
    }

    protected void Enter(FramedStream stream)
    {
        if (_streams.Remove(stream.Remote, out var old))
        {
            old.Dispose();
        }

        _streams.Add(stream.Remote, stream);
    }
}
