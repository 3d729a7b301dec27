using System.Collections.Concurrent;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// Runs one connection's engine on the IO thread: hands it datagrams and time, moves what other threads have
/// queued, raises events and drains what is to be sent.
/// </summary>
internal sealed partial class ConnectionDriver : IDeadlineItem
{
    private readonly IoLoop _loop;
    private readonly PeerConnectionEngine _engine;
    private readonly PeerConnection _owner;
    private readonly PeerConnectionOptions _options;
    private readonly HashSet<NetworkPath> _claimed = [];
    private readonly ConcurrentQueue<DataChannel> _queuedChannels = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionCounters _counters = new();
    private NetworkPath _lastPath;
    private TransportSocket? _lastSocket;
    private long _released;
    private int _ready;
    private bool _isServing;
    private volatile int _maxSendMessageBytes;

    public ConnectionDriver(IoLoop loop, PeerConnectionEngine engine, PeerConnection owner, PeerConnectionOptions options)
    {
        _loop = loop;
        _engine = engine;
        _owner = owner;
        _options = options;
        _maxSendMessageBytes = options.MaxMessageBytes;
        LocalUfrag = engine.LocalUfrag;
    }

    public int HeapIndex { get; set; } = -1;

    public Instant HeapDeadline { get; set; }

    public bool IsTouched { get; set; }

    public bool IsFinished { get; private set; }

    public SocketSet? SocketSet { get; private set; }

    /// <summary>The name under which checks from unknown addresses find this connection.</summary>
    public string LocalUfrag { get; private set; }

    public IReadOnlyCollection<NetworkPath> ClaimedPaths => _claimed;

    public Instant NextTimeout => _engine.NextTimeout;

    public int MaxSendMessageBytes => _maxSendMessageBytes;

    public PeerConnectionEngine Engine => _engine;

    public ConnectionCounters Counters => _counters;

    public IoLoop Loop => _loop;

    /// <summary>Completes when the connection is over and everything it held has been given back.</summary>
    public Task Finished => _finished.Task;

    public bool IsValidated(NetworkPath path) => _engine.IsValidated(path);

    /// <summary>Whether datagrams of this connection may come from one of these addresses.</summary>
    public bool MayLeadTo(IReadOnlyCollection<TransportAddress> addresses)
    {
        if (_engine.SignalingState == SignalingState.HaveLocalOffer && _engine.RemoteDescription is null)
        {
            // Whoever answers may be the very peer whose offer is being answered.
            return true;
        }

        return _engine.RemoteAddresses.Any(addresses.Contains) || _claimed.Any(path => addresses.Contains(path.Remote));
    }

    public bool HandleDatagram(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        try
        {
            if (IsFinished || !_engine.HandleDatagram(now, path, datagram))
            {
                return false;
            }

            _counters.DatagramsReceived++;
            _counters.BytesReceived += datagram.Length;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A bug in an engine costs this connection, never the thread that all the others live on.
            FailInternally(now, e);
        }

        return true;
    }

    public void HandleTimeout(Instant now)
    {
        try
        {
            _engine.HandleTimeout(now);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            FailInternally(now, e);
        }
    }

    /// <summary>Events, what other threads have queued, one flush. True where more is to be sent.</summary>
    public bool Serve(Instant now, SendBatch batch)
    {
        var hasMore = false;
        _isServing = true;
        try
        {
            while (RaiseEvents(now) | MoveQueued(now))
            {
            }

            _engine.EndReceiveBatch(now);
            hasMore = Transmit(now, batch);
            UpdateBuffered();

            // Sending may have ended the connection, and made room for senders.
            hasMore |= RaiseEvents(now);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            FailInternally(now, e);
            hasMore = true;
        }
        finally
        {
            _isServing = false;
        }

        _counters.Publish(_engine);
        return hasMore || !_queuedChannels.IsEmpty || Interlocked.Read(ref _released) > 0;
    }

    /// <summary>Has the connection served because something was queued for a channel. From any thread.</summary>
    public void NoteQueued(DataChannel channel)
    {
        if (channel.TryMarkQueued())
        {
            _queuedChannels.Enqueue(channel);
            NoteReady();
        }
    }

    /// <summary>The application has consumed message bytes. From any thread.</summary>
    public void ReleaseReceived(int bytes)
    {
        // Small amounts wait for a reason to wake up; the window is never short by more than this.
        var threshold = Math.Min(64 * 1024, _options.ReceiveWindowBytes / 8);
        if (Interlocked.Add(ref _released, bytes) >= threshold || _loop.IsCurrentThread)
        {
            NoteReady();
        }
    }

    public void ClearReady() => Interlocked.Exchange(ref _ready, 0);

    public void Close(Instant now)
    {
        if (!IsFinished)
        {
            _engine.Close(now);
            _loop.Touch(this);
        }
    }

    /// <summary>The endpoint's thread ends before this connection could say good-bye.</summary>
    public void Abandon()
    {
        var now = MonotonicClock.Now;
        _engine.Close(now);
        try
        {
            RaiseEvents(now);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A handler threw while the endpoint shuts down; there is nothing left that could fail.
            _owner.NoteFailure(e);
        }
    }

    /// <summary>The loop has let go of the connection: nothing reaches it any more.</summary>
    public void Finish()
    {
        IsFinished = true;
        CloseAllChannels();
        _counters.Publish(_engine);
        _engine.Dispose();
        _finished.TrySetResult();
    }

    private void NoteReady()
    {
        // Handlers that run while this connection is served need not have it served again.
        if (!(_loop.IsCurrentThread && _isServing) && Interlocked.Exchange(ref _ready, 1) == 0)
        {
            _loop.NoteReady(this);
        }
    }

    private bool Transmit(Instant now, SendBatch batch)
    {
        for (var i = 0; i < IoLimits.MaxDatagramsPerFlush; i++)
        {
            if (!batch.TryReserve(out var destination))
            {
                return true;
            }

            if (!_engine.TryPollTransmit(now, destination, out var written, out var path))
            {
                IsFinished = _engine.IsFinished;
                return false;
            }

            if (path != _lastPath || _lastSocket is null)
            {
                EnterPath(path);
            }

            if (_lastSocket is not null)
            {
                batch.Commit(_lastSocket, path.Remote, written);
                _counters.DatagramsSent++;
                _counters.BytesSent += written;
            }
        }

        return true;
    }

    private void EnterPath(NetworkPath path)
    {
        _lastPath = path;
        _lastSocket = SocketSet?.Find(path.Local);
        if (_claimed.Contains(path) || _claimed.Count < PeerConnectionLimits.MaxClaimedPaths)
        {
            if (_loop.TryClaim(path, this))
            {
                _claimed.Add(path);
            }
        }
    }

    private void FailInternally(Instant now, Exception e)
    {
        _owner.NoteFailure(e);
        if (!IsFinished)
        {
            _engine.Fail(now, PeerConnectionCloseReason.InternalError, $"An event handler or the library itself failed: {e.Message}");
            _loop.Touch(this);
        }
    }
}
