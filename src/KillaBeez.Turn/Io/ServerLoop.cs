using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Io;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Io;

/// <summary>
/// Carries bytes between sockets and the engine. Every socket has a task that waits until it is readable; whoever is
/// woken takes the lock, does a bounded batch of work to its end and lets go. No thread is held by a client, and what
/// is relayed is copied once, into a batch that leaves with few system calls.
/// </summary>
internal sealed class ServerLoop
{
    private readonly TurnServerEngine _engine;
    private readonly RelayPorts _ports;
    private readonly Dictionary<TransportAddress, DatagramSocket> _listeners;
    private readonly Dictionary<RelayId, RelaySocket> _relays = [];
    private readonly Dictionary<FiveTuple, ClientStream> _streams = [];
    private readonly HashSet<Task> _pumps = [];
    private readonly SendBatch _batch = new();
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(IoLimits.ReceiveBufferBytes, pinned: true);
    private readonly byte[] _message = new byte[TurnServerLimits.MaxMessageBytes];

    private bool _isStopping;
    private long _droppedByStreams;
    private long _blockedSends;

    public ServerLoop(TurnServerOptions options, ServerSockets sockets, IRandomSource random)
    {
        _engine = new TurnServerEngine(options, sockets.FindOwnAddresses(options), random);
        _engine.SetWallTime(MonotonicClock.Now, WallClock.UtcNow);
        _ports = new RelayPorts(options, random);
        _listeners = sockets.Udp.ToDictionary(s => s.LocalAddress);
    }

    /// <summary>Held by whoever touches the engine or any map here.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Serves a UDP socket until the server stops.</summary>
    public Task PumpListenerAsync(DatagramSocket socket) => PumpAsync(socket, relay: null);

    /// <summary>Serves a TCP or TLS socket until the server stops.</summary>
    public async Task AcceptAsync(Socket listener, SslServerAuthenticationOptions? tls)
    {
        var server = TransportAddress.From((IPEndPoint)listener.LocalEndPoint!).AsTcp();
        while (true)
        {
            try
            {
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                Admit(socket, server, tls);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                lock (Gate)
                {
                    if (_isStopping)
                    {
                        return;
                    }
                }

                // A client that was gone before it was accepted, or no more descriptors: those free up with time.
                await Task.Delay(TimeSpan.FromMilliseconds(TurnServerLimits.AcceptPauseMs), TimeProvider.System).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gives the engine the time, every second.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(TurnServerLimits.SweepMs));
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                lock (Gate)
                {
                    Tick(MonotonicClock.Now);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>Takes what has come on a stream. False: close it.</summary>
    public bool HandleStream(ClientStream stream, StreamFramer framer)
    {
        lock (Gate)
        {
            var now = MonotonicClock.Now;
            while (framer.TryRead(out var message))
            {
                HandleMessage(now, stream.Tuple, message);
            }

            FlushBatch();
            return framer.Error == StreamFramingError.None;
        }
    }

    /// <summary>A stream has ended.</summary>
    public void Forget(ClientStream stream)
    {
        lock (Gate)
        {
            stream.Close();
            if (_streams.Remove(stream.Tuple))
            {
                _engine.HandleStreamClosed(MonotonicClock.Now, stream.Tuple);
                Drain(MonotonicClock.Now);
                FlushBatch();
            }
        }
    }

    /// <summary>Takes no more work, and returns the streams whose last bytes may still be on their way.</summary>
    public IReadOnlyList<ClientStream> BeginStop()
    {
        lock (Gate)
        {
            _isStopping = true;
            return [.. _streams.Values];
        }
    }

    /// <summary>Closes every relay socket and stream and returns what is still running.</summary>
    public IReadOnlyList<Task> CloseAll()
    {
        lock (Gate)
        {
            foreach (var relay in _relays.Values)
            {
                _ports.Close(relay.Socket);
            }

            _relays.Clear();
            foreach (var stream in _streams.Values)
            {
                stream.Close();
            }

            return [.. _pumps, .. _streams.Values.Select(s => s.Completion)];
        }
    }

    public TurnServerStatistics GetStatistics()
    {
        lock (Gate)
        {
            var counts = _engine.Counts;
            return new TurnServerStatistics
            {
                Allocations = _engine.AllocationCount,
                Streams = _streams.Count,
                BindingAnswers = counts.BindingAnswers,
                AllocationsMade = counts.AllocationsMade,
                AllocationsRefused = counts.AllocationsRefused,
                AuthenticationFailures = counts.AuthenticationFailures,
                AnswersSuppressed = counts.AnswersSuppressed,
                PeersForbidden = counts.PeersForbidden,
                DatagramsToPeers = counts.DatagramsToPeers,
                BytesToPeers = counts.BytesToPeers,
                DatagramsToClients = counts.DatagramsToClients,
                BytesToClients = counts.BytesToClients,
                DroppedMalformed = counts.DroppedMalformed,
                DroppedWithoutPermission = counts.DroppedWithoutPermission,
                DroppedOverQuota = counts.DroppedOverQuota,
                DroppedBySockets = _batch.DatagramsDropped + _blockedSends,
                DroppedByStreams = _droppedByStreams,
                StreamsRefused = counts.StreamsRefused,
            };
        }
    }

    private void Admit(Socket socket, TransportAddress server, SslServerAuthenticationOptions? tls)
    {
        try
        {
            var tuple = new FiveTuple(TransportAddress.From((IPEndPoint)socket.RemoteEndPoint!).AsTcp(), server);
            socket.NoDelay = true;
            socket.SendBufferSize = TurnServerLimits.StreamSocketBufferBytes;
            lock (Gate)
            {
                if (!_isStopping && _engine.HandleStreamOpened(MonotonicClock.Now, tuple))
                {
                    var stream = new ClientStream(this, socket, tuple);
                    _streams.Add(tuple, stream);
                    stream.Start(tls);
                    return;
                }
            }
        }
        catch (SocketException)
        {
            // It was gone before it could be looked at.
        }

        socket.Dispose();
    }

    private async Task PumpAsync(DatagramSocket socket, RelayId? relay)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            try
            {
                // Peeking at nothing waits until there is a datagram and leaves it there: no buffer is tied up by waiting.
                await socket.Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.Peek).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Closed, or an error that the next receive clears.
            }

            lock (Gate)
            {
                if (_isStopping || (relay is { } id && !_relays.ContainsKey(id)))
                {
                    return;
                }

                Receive(MonotonicClock.Now, socket, relay);
            }
        }
    }

    private void Receive(Instant now, DatagramSocket socket, RelayId? relay)
    {
        socket.IsReadable = true;
        for (var i = 0; i < TurnServerLimits.MaxReceivesPerRound; i++)
        {
            if (!socket.TryReceive(_received, out var received, out var segmentBytes, out var from))
            {
                break;
            }

            // The kernel may have joined several datagrams of one sender; an empty one is one as well.
            var offset = 0;
            do
            {
                var datagram = _received.AsSpan(offset, Math.Min(segmentBytes, received - offset));
                offset += segmentBytes;
                if (relay is { } id)
                {
                    HandlePeerDatagram(now, id, from, datagram);
                }
                else
                {
                    HandleMessage(now, new FiveTuple(from, socket.LocalAddress), datagram);
                }
            }
            while (offset < received);
        }

        FlushBatch();
    }

    private void HandleMessage(Instant now, FiveTuple tuple, ReadOnlySpan<byte> message)
    {
        if (!_engine.HandleClientMessage(now, tuple, message, out var relayed))
        {
            Drain(now);
        }
        else if (_relays.TryGetValue(relayed.Relay, out var relay))
        {
            Send(relay.Socket, relayed.Peer, relayed.Payload);
        }
    }

    private void HandlePeerDatagram(Instant now, RelayId relay, TransportAddress from, ReadOnlySpan<byte> payload)
    {
        if (_engine.HandlePeerDatagram(now, relay, from, payload, _message, out var client, out var written))
        {
            SendToClient(now, client, _message.AsSpan(0, written));
        }
    }

    /// <summary>Carries out what the engine wants and sends what it says.</summary>
    private void Drain(Instant now)
    {
        while (_engine.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case TurnServerEventKind.OpenRelay:
                    OpenRelay(now, e);
                    break;
                case TurnServerEventKind.CloseRelay:
                    CloseRelay(e.Relay);
                    break;
                case TurnServerEventKind.CloseStream when _streams.TryGetValue(e.Stream, out var stream):
                    stream.Close();
                    break;
            }
        }

        while (_engine.TryPollTransmit(_message, out var to, out var written))
        {
            SendToClient(now, to, _message.AsSpan(0, written));
        }
    }

    private void OpenRelay(Instant now, in TurnServerEvent e)
    {
        if (!_ports.TryOpen(e.IsIPv6, e.IsEvenPort, out var socket))
        {
            _engine.HandleRelayFailed(now, e.Relay);
            return;
        }

        if (!_engine.HandleRelayOpened(now, e.Relay, socket.LocalAddress))
        {
            _ports.Close(socket);
            return;
        }

        _relays.Add(e.Relay, new RelaySocket(e.Relay, socket));
        Track(PumpAsync(socket, e.Relay));
    }

    private void CloseRelay(RelayId id)
    {
        if (_relays.Remove(id, out var relay))
        {
            FlushBatch();
            _batch.Forget(relay.Socket);
            _ports.Close(relay.Socket);
        }
    }

    /// <summary>Remembers a pump until it has ended.</summary>
    private void Track(Task pump)
    {
        _pumps.RemoveWhere(static p => p.IsCompleted);
        _pumps.Add(pump);
    }

    private void SendToClient(Instant now, FiveTuple to, ReadOnlySpan<byte> message)
    {
        if (!to.IsStream)
        {
            if (_listeners.TryGetValue(to.Server, out var socket))
            {
                Send(socket, to.Client, message);
            }
        }
        else if (!_streams.TryGetValue(to, out var stream) || !stream.TrySend(message, now))
        {
            _droppedByStreams++;
        }
    }

    private void Send(DatagramSocket socket, TransportAddress to, ReadOnlySpan<byte> datagram)
    {
        if (datagram.IsEmpty)
        {
            // A batch is a row of bytes, in which nothing has no place; order is kept by sending what came before.
            FlushBatch();
            _ = socket.Send(datagram, segmentBytes: 0, to);
            return;
        }

        if (!_batch.TryReserve(out var destination))
        {
            DropBlocked();
            _ = _batch.TryReserve(out destination);
        }

        datagram.CopyTo(destination);
        _batch.Commit(socket, to, datagram.Length);
    }

    private void FlushBatch()
    {
        if (!_batch.TryFlush())
        {
            DropBlocked();
        }
    }

    /// <summary>A relay does not wait for a full socket: what does not fit is lost, and other clients' data goes on.</summary>
    private void DropBlocked()
    {
        _blockedSends++;
        _batch.Forget(_batch.Blocked!);
    }

    private void Tick(Instant now)
    {
        // The clock of the machine may be set while we run, and credentials end by it.
        _engine.SetWallTime(now, WallClock.UtcNow);
        _engine.HandleTimeout(now);
        foreach (var stream in _streams.Values)
        {
            stream.CloseIfStalled(now);
        }

        Drain(now);
        FlushBatch();
    }
}
