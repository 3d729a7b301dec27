using System.Collections.Concurrent;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// The one thread of an endpoint. A round is: wait; run commands; receive a batch from every readable socket; run
/// what is due; then serve each connection touched (events, queued sends, one flush); send. Everything that
/// belongs to a connection happens here, so engines need no locks; other threads hand work over through queues
/// that are looked at after every wake-up.
/// </summary>
internal sealed class IoLoop
{
    private const int StackUfragChars = 256;

    private readonly IoPoller _poller;
    private readonly SendBatch _batch = new();
    private readonly RouteTable _routes = new();
    private readonly DeadlineHeap<ConnectionDriver> _deadlines = new();
    private readonly Dictionary<string, ConnectionDriver> _byUfrag = new(StringComparer.Ordinal);
    private readonly HashSet<ConnectionDriver> _connections = [];
    private readonly Queue<ConnectionDriver> _touched = new();
    private readonly ConcurrentQueue<Action<Instant>> _commands = new();
    private readonly ConcurrentQueue<ConnectionDriver> _ready = new();
    private readonly byte[] _receiveBuffer = GC.AllocateUninitializedArray<byte>(IoLimits.ReceiveBufferBytes, pinned: true);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _threadId;
    private bool _stopping;
    private Instant _stopDeadline = Instant.Never;
    private volatile bool _ended;

    public IoLoop(SocketSets sockets, IoPoller poller)
    {
        Sockets = sockets;
        _poller = poller;
    }

    public SocketSets Sockets { get; }

    public IoCounters Counters { get; } = new();

    /// <summary>Whether the caller runs on this loop's thread.</summary>
    public bool IsCurrentThread => Environment.CurrentManagedThreadId == Volatile.Read(ref _threadId);

    /// <summary>Whether the loop has ended: commands are no longer run.</summary>
    public bool HasEnded => _ended;

    public Task Stopped => _stopped.Task;

    public void Start(string name)
    {
#pragma warning disable RS0030 // The IO thread itself.
        var thread = new Thread(Run) { IsBackground = true, Name = name };
        thread.Start();
#pragma warning restore RS0030
    }

    /// <summary>Runs an action on the IO thread; false where the loop has ended.</summary>
    public bool Post(Action<Instant> command)
    {
        if (_ended)
        {
            return false;
        }

        _commands.Enqueue(command);
        _poller.Wake();

        // The loop may have ended between the check and the enqueue; its last look at the queue comes after it has
        // said so, and whatever is enqueued later is run here.
        if (_ended)
        {
            RunCommands(MonotonicClock.Now);
        }

        return true;
    }

    /// <summary>Has a connection served in the next round because another thread has queued something for it.</summary>
    public void NoteReady(ConnectionDriver connection)
    {
        _ready.Enqueue(connection);
        if (!IsCurrentThread)
        {
            _poller.Wake();
        }
    }

    /// <summary>Closes every connection, sends what that takes and ends the thread.</summary>
    public Task StopAsync()
    {
        Post(now =>
        {
            if (!_stopping)
            {
                _stopping = true;
                _stopDeadline = now.AddMs(IoLimits.ShutdownFlushMs);
                foreach (var connection in _connections.ToArray())
                {
                    connection.Close(now);
                }
            }
        });
        return Stopped;
    }

    /// <summary>IO thread: enters a new connection.</summary>
    public void Add(ConnectionDriver connection)
    {
        _connections.Add(connection);
        _byUfrag[connection.LocalUfrag] = connection;
    }

    /// <summary>IO thread: the connection has new ICE credentials.</summary>
    public void Rename(ConnectionDriver connection, string oldUfrag)
    {
        _byUfrag.Remove(oldUfrag);
        _byUfrag[connection.LocalUfrag] = connection;
    }

    /// <summary>IO thread: has the connection served before the round ends.</summary>
    public void Touch(ConnectionDriver connection)
    {
        if (!connection.IsTouched && !connection.IsFinished)
        {
            connection.IsTouched = true;
            _touched.Enqueue(connection);
        }
    }

    /// <summary>IO thread: enters a path on which the connection sends.</summary>
    public bool TryClaim(NetworkPath path, ConnectionDriver connection) => _routes.TryClaim(path, connection);

    private void Run()
    {
        Volatile.Write(ref _threadId, Environment.CurrentManagedThreadId);
        try
        {
            while (!_stopping || (_connections.Count > 0 && MonotonicClock.Now < _stopDeadline))
            {
                RunRound();
            }
        }
        finally
        {
            End();
        }
    }

    private void RunRound()
    {
        _poller.Wait(Sockets.All, _batch.Blocked, TimeToSleep());
        var now = MonotonicClock.Now;
        RunCommands(now);
        TouchReady();
        foreach (var socket in Sockets.All)
        {
            if (socket.IsReadable)
            {
                Receive(now, socket);
            }
        }

        while (_deadlines.TryTakeDue(now, out var due))
        {
            due.HandleTimeout(now);
            Touch(due);
        }

        ServeTouched(now);
        Counters.Update(_batch);
    }

    private TimeSpan? TimeToSleep()
    {
        if (_batch.Blocked is null && (_touched.Count > 0 || !_ready.IsEmpty))
        {
            return TimeSpan.Zero;
        }

        var next = _stopping ? Instant.Min(_deadlines.Next, _stopDeadline) : _deadlines.Next;
        return next == Instant.Never ? null : next - MonotonicClock.Now;
    }

    private void RunCommands(Instant now)
    {
        while (_commands.TryDequeue(out var command))
        {
            command(now);
        }
    }

    private void TouchReady()
    {
        // Bounded by what is there now: handlers may queue more for connections that come round again.
        for (var count = _ready.Count; count > 0 && _ready.TryDequeue(out var connection); count--)
        {
            connection.ClearReady();
            if (!connection.IsFinished)
            {
                Touch(connection);
            }
        }
    }

    private void Receive(Instant now, DatagramSocket socket)
    {
        for (var i = 0; i < IoLimits.MaxReceivesPerRound; i++)
        {
            if (!socket.TryReceive(_receiveBuffer, out var received, out var segmentBytes, out var from))
            {
                return;
            }

            Counters.Receives++;
            var path = new NetworkPath(socket.LocalAddress, from);
            for (var start = 0; start < received; start += segmentBytes)
            {
                Counters.DatagramsReceived++;
                Route(now, path, _receiveBuffer.AsSpan(start, Math.Min(segmentBytes, received - start)));
            }
        }
    }

    private void Route(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        if (_routes.TryFind(path, out var owner, out var challenger) && Deliver(now, path, datagram, owner))
        {
            return;
        }

        if (!StunDemux.IsStun(datagram))
        {
            // A datagram of no known connection and no protocol that could begin one.
            Counters.DatagramsUnroutable++;
            return;
        }

        if (challenger is not null && Deliver(now, path, datagram, challenger))
        {
            _routes.TryClaim(path, challenger);
        }
        else if (FindByUfrag(datagram) is not { } named || named == owner || !Deliver(now, path, datagram, named))
        {
            Counters.DatagramsUnroutable++;
        }
    }

    private bool Deliver(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram, ConnectionDriver connection)
    {
        if (!connection.HandleDatagram(now, path, datagram))
        {
            return false;
        }

        Touch(connection);
        return true;
    }

    private ConnectionDriver? FindByUfrag(ReadOnlySpan<byte> datagram)
    {
        if (!StunDemux.TryReadUsernameLocalUfrag(datagram, out var ufrag) || ufrag.Length > StackUfragChars)
        {
            return null;
        }

        Span<char> chars = stackalloc char[StackUfragChars];
        var length = System.Text.Encoding.Latin1.GetChars(ufrag, chars);
        return _byUfrag.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var connection) ? connection : null;
    }

    private void ServeTouched(Instant now)
    {
        // One turn each; who has more to send comes again in the next round, after the sockets were read.
        for (var count = _touched.Count; count > 0 && _batch.Blocked is null; count--)
        {
            var connection = _touched.Dequeue();
            connection.IsTouched = false;
            var hasMore = connection.Serve(now, _batch);
            if (connection.IsFinished)
            {
                Remove(connection);
                continue;
            }

            _deadlines.Set(connection, connection.NextTimeout);
            if (hasMore)
            {
                Touch(connection);
            }
        }

        _batch.TryFlush();
    }

    private void Remove(ConnectionDriver connection)
    {
        _deadlines.Set(connection, Instant.Never);
        _connections.Remove(connection);
        _byUfrag.Remove(connection.LocalUfrag);
        foreach (var path in connection.ClaimedPaths)
        {
            _routes.Release(path, connection);
        }

        if (connection.SocketSet is { } set)
        {
            if (set != Sockets.Primary)
            {
                // What this connection said last may still be in the batch, and its sockets go with it.
                _batch.TryFlush();
            }

            Sockets.Release(connection, set, _batch.Forget);
        }

        connection.Finish();
    }

    private void End()
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Abandon();
            Remove(connection);
        }

        _batch.TryFlush();
        _ended = true;
        RunCommands(MonotonicClock.Now);
        Sockets.Dispose();
        _poller.Dispose();
        _stopped.TrySetResult();
    }
}
