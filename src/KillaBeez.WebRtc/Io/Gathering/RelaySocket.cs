using System.Net.Sockets;
using KillaBeez.WebRtc.Io.Streams;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Gathering;

/// <summary>
/// A relayed address at a TURN server as a socket: what is sent through it is wrapped for the server, what the server
/// forwards comes out as datagrams of the peers. It has a UDP socket or a TCP connection of its own, because a server
/// keeps one allocation for each pair of addresses.
/// </summary>
internal sealed class RelaySocket : TransportSocket, IDatagramHandler, IFramedStreamOwner
{
    private readonly IoLoop _loop;
    private readonly Relay _owner;
    private readonly TurnClient _client;
    private readonly TransportAddress _server;
    private readonly DatagramSocket? _datagrams;
    private readonly FramedStream? _stream;
    private readonly byte[] _wrapped;
    private TransportAddress _relayed;
    private bool _isDisposed;

    private RelaySocket(IoLoop loop, Relay owner, TurnClientOptions options, StreamTarget target, DatagramSocket? datagrams)
    {
        Source = target.Local!.Value;
        _loop = loop;
        _owner = owner;
        _server = options.Server;
        _client = new TurnClient(options, SystemRandomSource.Instance);
        _wrapped = GC.AllocateUninitializedArray<byte>(IoLimits.ReceiveBufferBytes, pinned: true);
        _datagrams = datagrams;
        if (datagrams is null)
        {
            _stream = FramedStream.Connect(loop, this, StreamFraming.Turn, target);
        }

        CanSegment = true;
    }

    /// <summary>The relayed address; meaningless before the allocation is there, and kept when it is lost.</summary>
    public override TransportAddress LocalAddress => _relayed;

    /// <summary>The address of this machine that the server is reached from.</summary>
    public TransportAddress Source { get; }

    /// <summary>How the server sees this side.</summary>
    public TransportAddress? MappedAddress => _client.MappedAddress;

    public override DatagramSocket? Pollable => _datagrams;

    public Instant NextTimeout => _client.NextTimeout;

    /// <summary>Opens the way to the server and asks for an allocation; the owner hears how that went.</summary>
    /// <exception cref="SocketException">No socket can be opened.</exception>
    public static RelaySocket Open(IoLoop loop, Relay owner, TurnClientOptions options, StreamTarget target, SocketOptions sockets)
    {
        if (options.Server.IsTcp)
        {
            return new RelaySocket(loop, owner, options, target, null);
        }

        var datagrams = DatagramSocket.Bind(target.Local!.Value.Address, 0, sockets.IsPortable);
        var socket = new RelaySocket(loop, owner, options, target, datagrams);
        datagrams.Handler = socket;
        loop.Sockets.Poll(datagrams);
        return socket;
    }

    /// <summary>Begins; over TCP once the connection is there.</summary>
    public void Start(Instant now)
    {
        if (_datagrams is not null)
        {
            _client.Start(now);
            Drain(now);
        }
    }

    public override SendOutcome Send(ReadOnlySpan<byte> datagrams, int segmentBytes, TransportAddress to)
    {
        var now = MonotonicClock.Now;
        var outcome = SendOutcome.Sent;
        var (used, wrappedBytes) = (0, 0);
        while (datagrams.Length > 0)
        {
            var datagram = datagrams[..Math.Min(segmentBytes, datagrams.Length)];
            datagrams = datagrams[datagram.Length..];
            if (!_client.TryWrap(now, to, datagram, _wrapped.AsSpan(used), out var written))
            {
                // There is no permission for this peer yet: the client keeps what it can and asks for it.
                continue;
            }

            wrappedBytes = used == 0 ? written : wrappedBytes;
            used += written;
            if (written != wrappedBytes || used + wrappedBytes > IoLimits.MaxSendBytes)
            {
                outcome = Forward(_wrapped.AsSpan(0, used), wrappedBytes);
                used = 0;
            }
        }

        if (used > 0)
        {
            outcome = Forward(_wrapped.AsSpan(0, used), wrappedBytes);
        }

        // What has been asked for leaves now; events wait, because this runs while the batch of all sockets is sent.
        Transmit(now);
        _owner.Reschedule();
        return outcome;
    }

    bool IDatagramHandler.HandleDatagram(Instant now, DatagramSocket socket, TransportAddress from, ReadOnlySpan<byte> datagram)
    {
        if (from == _server)
        {
            Handle(now, datagram);
        }

        return true;
    }

    void IFramedStreamOwner.OnOpened(Instant now, FramedStream stream)
    {
        _client.Start(now);
        Drain(now);
    }

    void IFramedStreamOwner.OnFrame(Instant now, FramedStream stream, ReadOnlySpan<byte> frame) => Handle(now, frame);

    void IFramedStreamOwner.OnClosed(Instant now, FramedStream stream, string reason) =>
        _owner.OnFailed(now, this, $"The TURN server {_server.ToIPEndPoint()} cannot be reached over TCP: {reason}");

    public void HandleTimeout(Instant now)
    {
        _client.HandleTimeout(now);
        Drain(now);
    }

    public override void Verify(Instant now)
    {
        _client.Verify(now);
        Drain(now);
    }

    /// <summary>Gives the allocation back and closes.</summary>
    public override void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _client.Close(MonotonicClock.Now);
        Transmit(MonotonicClock.Now);
        _stream?.Dispose();
        if (_datagrams is not null)
        {
            _datagrams.Handler = null;
            _loop.Sockets.Close(_datagrams);
        }
    }

    private void Handle(Instant now, ReadOnlySpan<byte> message)
    {
        if (_client.HandleMessage(now, message, out var peer, out var payload))
        {
            _loop.Route(now, new NetworkPath(LocalAddress, peer), payload);
        }

        Drain(now);
    }

    private void Drain(Instant now)
    {
        Transmit(now);
        while (_client.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case TurnEventKind.Allocated:
                    _relayed = _client.RelayedAddress!.Value;
                    _owner.OnAllocated(now, this);
                    break;
                case TurnEventKind.TryAlternate:
                    _owner.OnAlternate(now, this, e.Server!.Value);
                    return;
                case TurnEventKind.NeedsNewSocket:
                    _owner.OnAddressInUse(now, this);
                    return;
                default:
                    _owner.OnFailed(now, this, _client.Failure?.Reason ?? "The TURN server gave no reason.");
                    return;
            }
        }

        _owner.Reschedule();
    }

    private void Transmit(Instant now)
    {
        while (_client.TryPollTransmit(now, _wrapped, out var written))
        {
            Forward(_wrapped.AsSpan(0, written), written);
        }
    }

    /// <summary>Sends to the server what is already wrapped: messages of one size, the last may be shorter.</summary>
    private SendOutcome Forward(ReadOnlySpan<byte> messages, int messageBytes)
    {
        var outcome = SendOutcome.Sent;
        while (messages.Length > 0)
        {
            var piece = _datagrams is { CanSegment: true } ? messages : messages[..Math.Min(messageBytes, messages.Length)];
            outcome = _datagrams?.Send(piece, messageBytes, _server)
                ?? (_stream!.TrySend(piece) ? SendOutcome.Sent : SendOutcome.Dropped);
            if (outcome == SendOutcome.SegmentationUnsupported)
            {
                continue;
            }

            messages = messages[piece.Length..];
        }

        // Part of a run may have gone: to repeat it would send that part twice. What a full buffer refuses is lost.
        return outcome == SendOutcome.WouldBlock ? SendOutcome.Dropped : outcome;
    }
}
