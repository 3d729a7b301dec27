using System.Collections.Concurrent;
using KillaBeez.WebRtc.Io.Gathering;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// The one thread of an endpoint. A round is: wait; run commands; receive a batch from every readable socket; run
/// what is due; then serve each connection touched (events, queued sends, one flush); send. Everything that
/// belongs to a connection happens here, so engines need no locks; other threads hand work over through queues
/// that are looked at after every wake-up.
/// </summary>
internal sealed partial class IoLoop
{
    private readonly IoPoller _poller;
    private readonly SendBatch _batch = new();
    private readonly DeadlineHeap<ConnectionDriver> _deadlines = new();
    private readonly DeadlineHeap<IoTask> _tasks = new();
    private readonly HashSet<ConnectionDriver> _connections = [];
    private readonly Queue<ConnectionDriver> _touched = new();
    private readonly ConcurrentQueue<Action<Instant>> _commands = new();
    private readonly ConcurrentQueue<ConnectionDriver> _ready = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly NetworkWatch? _network;

    private int _threadId;
    private bool _stopping;
    private Instant _stopDeadline = Instant.Never;
    private volatile bool _ended;

    /// <exception cref="KillaBeezException">The sockets cannot be bound (LinkFailed).</exception>
    public IoLoop(SocketOptions options, IoPoller poller)
    {
        _poller = poller;
        Servers = options.Servers;
        _network = options.WatchesNetwork ? new NetworkWatch(this, options.AllowLoopback) : null;
        Names = new NameResolver(this, options);
        try
        {
            Sockets = new SocketSets(this, options);
        }
        catch
        {
            poller.Dispose();
            throw;
        }
    }

    public SocketSets Sockets { get; }

    public NameResolver Names { get; }

    /// <summary>IO thread: who is asked for addresses beyond this machine.</summary>
    public IReadOnlyList<ServerUrl> Servers { get; private set; }

    /// <summary>Raised on the IO thread: a server could not be used, and why.</summary>
    public Action<ServerUrl, string>? ServerFailed { get; set; }

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
        _network?.Start();
        Post(now => Sockets.Primary.Gatherer.Start(now));
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

    /// <summary>Other servers from now on, or new credentials for the same.</summary>
    public void UseServers(IReadOnlyList<ServerUrl> servers) => Post(now =>
    {
        Servers = servers;
        foreach (var set in Sockets.All)
        {
            set.Gatherer.UseServers(now);
        }
    });

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

    /// <summary>IO thread: a task's next deadline may have changed.</summary>
    public void Schedule(IoTask task) => _tasks.Set(task, task.NextTimeout);

    /// <summary>IO thread: what waits to be sent by a socket that is about to be closed is sent now or never.</summary>
    public void Forget(TransportSocket socket)
    {
        _batch.TryFlush();
        _batch.Forget(socket);
    }

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
        _poller.Wait(Sockets.Polled, _batch.Blocked?.Pollable, TimeToSleep());
        var now = MonotonicClock.Now;
        RunCommands(now);
        TouchReady();
        ReceiveAll(now);
        while (_tasks.TryTakeDue(now, out var task))
        {
            task.HandleTimeout(now);
            Schedule(task);
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

        var due = Instant.Min(_deadlines.Next, _tasks.Next);
        var next = _stopping ? Instant.Min(due, _stopDeadline) : due;
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
        Names.Forget(connection);

        // What this connection said last may still be in the batch, and sockets and TCP connections go with it.
        _batch.TryFlush();
        foreach (var path in connection.ClaimedPaths)
        {
            ReleasePath(path, connection);
        }

        if (connection.SocketSet is { } set)
        {
            Sockets.Release(connection, set);
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
        _network?.Dispose();
        Sockets.Dispose();
        Names.Dispose();
        _poller.Dispose();
        _stopped.TrySetResult();
    }
}
