using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>
/// A signal exchange without its sockets: who is subscribed with which key, and what goes to whom. The owner reports
/// every socket's opening, messages and end; after each call it sends what <see cref="TryPollTransmit"/> gives and
/// then closes what <see cref="TryPollClose"/> names. One owner, no locks.
/// </summary>
internal sealed class ExchangeServerEngine
{
    private readonly ExchangeServerLimits _limits;
    private readonly IRandomSource _random;
    private readonly SignalGate _gate;
    private readonly ExchangeRooms _rooms;
    private readonly Dictionary<ExchangeSocketId, Socket> _sockets = [];
    private readonly Dictionary<PeerId, Subscriber> _subscribers = [];
    private readonly TimerTable<ServerTimer> _timers = new();
    private readonly Queue<(ExchangeSocketId Socket, byte[] Message)> _toSend = new();
    private readonly Queue<(ExchangeSocketId Socket, ExchangeErrorCode Reason)> _toClose = new();
    private long _messagesReceived;
    private long _signalsRouted;
    private long _signalsRefused;
    private long _socketsClosed;

    public ExchangeServerEngine(IRandomSource random, ExchangeServerLimits? limits = null)
    {
        _random = random;
        _limits = limits ?? new ExchangeServerLimits();
        _gate = new SignalGate(me: null, _limits.Gate);
        _rooms = new ExchangeRooms(_limits);
    }

    private enum ServerTimer
    {
        Sweep,
    }

    /// <summary>The next moment at which <see cref="HandleTimeout"/> has something to do.</summary>
    public Instant NextTimeout => _timers.Next;

    public ExchangeCounters Counters => new()
    {
        Sockets = _sockets.Count,
        Keys = _subscribers.Count,
        Rooms = _rooms.Count,
        MessagesReceived = _messagesReceived,
        SignalsRouted = _signalsRouted,
        SignalsRefused = _signalsRefused,
        SocketsClosed = _socketsClosed,
    };

    /// <summary>A socket was opened; it is sent its challenge.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="nowUnixMs">The exchange's wall clock.</param>
    /// <param name="id">A name that no socket had before.</param>
    /// <param name="serverName">The name that the client must have dialed.</param>
    public void Connected(Instant now, long nowUnixMs, ExchangeSocketId id, string serverName)
    {
        _timers.SetIfIdle(ServerTimer.Sweep, now + _limits.SweepInterval);
        var challenge = new byte[ExchangeSubscription.ChallengeBytes];
        _random.Fill(challenge);
        var socket = new Socket(id, serverName, challenge, now, _limits);
        _sockets.Add(id, socket);
        if (_sockets.Count > _limits.MaximumSockets)
        {
            Close(socket, ExchangeErrorCode.Overloaded, "The exchange holds as many sockets as it may; try again later.");
            return;
        }

        Send(socket, new ChallengeMessage { ServerName = serverName, Challenge = challenge, ServerUnixMs = nowUnixMs });
    }

    /// <summary>A socket is gone. Nothing happens for one that the engine closed itself.</summary>
    public void Disconnected(ExchangeSocketId id)
    {
        if (_sockets.TryGetValue(id, out var socket))
        {
            Remove(socket);
        }
    }

    /// <summary>Takes one text message of a socket.</summary>
    public void HandleMessage(Instant now, long nowUnixMs, ExchangeSocketId id, ReadOnlySpan<byte> utf8)
    {
        if (!_sockets.TryGetValue(id, out var socket))
        {
            return;
        }

        _messagesReceived++;
        socket.LastHeard = now;
        if (!socket.Messages.TryTake(now) || !socket.Bytes.TryTake(now, utf8.Length))
        {
            Close(socket, ExchangeErrorCode.TooManyMessages, "Too many messages or bytes came over this socket.");
        }
        else if (!ExchangeMessage.TryParse(utf8, out var message, out var error))
        {
            var code = error == ExchangeParseError.TooLarge ? ExchangeErrorCode.TooLarge : ExchangeErrorCode.Malformed;
            Close(socket, code, $"A message cannot be read ({error}).");
        }
        else
        {
            Handle(now, nowUnixMs, socket, message!);
        }
    }

    /// <summary>Closes whoever did not subscribe in time or has fallen silent.</summary>
    public void HandleTimeout(Instant now)
    {
        while (_timers.TryTakeDue(now, out _))
        {
            foreach (var socket in _sockets.Values)
            {
                if (socket.Key is null && now - socket.OpenedAt >= _limits.SubscribeTimeout)
                {
                    Close(socket, ExchangeErrorCode.TimedOut, "No subscription came in time.");
                }
                else if (now - socket.LastHeard >= _limits.IdleTimeout)
                {
                    Close(socket, ExchangeErrorCode.TimedOut, "Nothing was heard for too long.");
                }
            }

            _rooms.Sweep(now, _subscribers.ContainsKey);
            if (_sockets.Count > 0 || _rooms.Count > 0)
            {
                _timers.Set(ServerTimer.Sweep, now + _limits.SweepInterval);
            }
        }
    }

    /// <summary>Closes every socket with <see cref="ExchangeErrorCode.Stopping"/>.</summary>
    public void Stop()
    {
        foreach (var socket in _sockets.Values)
        {
            Close(socket, ExchangeErrorCode.Stopping, "The exchange is being stopped.");
        }
    }

    /// <summary>The next message to send; call until false. An array may be given for several sockets: do not change it.</summary>
    public bool TryPollTransmit(out ExchangeSocketId socket, out byte[] message)
    {
        var any = _toSend.TryDequeue(out var next);
        (socket, message) = next;
        return any;
    }

    /// <summary>The next socket to close, once what was sent to it is out; call until false.</summary>
    public bool TryPollClose(out ExchangeSocketId socket, out ExchangeErrorCode reason)
    {
        var any = _toClose.TryDequeue(out var next);
        (socket, reason) = next;
        return any;
    }

    private void Handle(Instant now, long nowUnixMs, Socket socket, ExchangeMessage message)
    {
        switch (message)
        {
            case UnknownMessage:
                break;
            case SubscribeMessage subscribe when socket.Key is null:
                HandleSubscribe(now, socket, subscribe);
                break;
            case SignalMessage signal when socket.Key is { } key:
                HandleSignal(now, nowUnixMs, socket, key, signal.Signal);
                break;
            case PingMessage ping when socket.Key is not null:
                Send(socket, new PongMessage { Request = ping.Request, Present = [.. ping.Keys.Where(_subscribers.ContainsKey)] });
                break;
            case RoomMessage room when socket.Key is { } key:
                HandleRoom(now, socket, key, room);
                break;
            case SignalMessage or PingMessage or RoomMessage:
                Close(socket, ExchangeErrorCode.NotSubscribed, "Subscribe first.");
                break;
            default:
                Close(socket, ExchangeErrorCode.Malformed, $"\"{message.Type}\" is not expected here.");
                break;
        }
    }

    private void HandleSubscribe(Instant now, Socket socket, SubscribeMessage subscribe)
    {
        if (subscribe.Version != ExchangeSubscription.Version)
        {
            Close(socket, ExchangeErrorCode.UnsupportedVersion, $"Version {ExchangeSubscription.Version} of the protocol is spoken here.");
            return;
        }

        if (subscribe.ServerName != socket.ServerName)
        {
            Close(socket, ExchangeErrorCode.WrongServer, $"The subscription is for another server; this one is {socket.ServerName}.");
            return;
        }

        if (!ExchangeSubscription.Verify(subscribe.Key, socket.Challenge, socket.ServerName, subscribe.Signature.Span))
        {
            Close(socket, ExchangeErrorCode.BadSignature, "The signature is not the key's over this challenge and server name.");
            return;
        }

        if (!_subscribers.TryGetValue(subscribe.Key, out var subscriber))
        {
            subscriber = new Subscriber(_limits);
            _subscribers.Add(subscribe.Key, subscriber);
        }

        socket.Key = subscribe.Key;
        subscriber.Sockets.Add(socket);
        if (subscriber.Sockets.Count > _limits.MaximumSocketsPerKey)
        {
            Close(subscriber.Sockets[0], ExchangeErrorCode.Superseded, "This key has subscribed on too many newer sockets.");
        }

        Send(socket, new ReadyMessage { Key = subscribe.Key });
    }

    private void HandleSignal(Instant now, long nowUnixMs, Socket socket, PeerId key, SealedSignal signal)
    {
        var subscriber = _subscribers[key];
        if (signal.From != key)
        {
            Refuse(socket, signal, ExchangeErrorCode.NotYours, "The signal's sender is not the subscribed key.");
        }
        else if (!subscriber.Signals.TryTake(now))
        {
            Refuse(socket, signal, ExchangeErrorCode.RateLimited, "Too many signals of this key.");
        }
        else if (!_subscribers.TryGetValue(signal.To, out var receiver))
        {
            // Before the gate, which would remember the signal: it may be sent again when its receiver is here.
            Refuse(socket, signal, ExchangeErrorCode.UnknownKey, "Nobody is subscribed with the key that the signal is for.");
        }
        else if (_gate.Check(nowUnixMs, signal) is var verdict && verdict != SignalVerdict.Accepted)
        {
            Refuse(socket, signal, CodeOf(verdict), TextOf(verdict));
        }
        else
        {
            _signalsRouted++;
            var message = new SignalMessage { Signal = signal }.ToJson();
            foreach (var target in receiver.Sockets)
            {
                _toSend.Enqueue((target.Id, message));
            }
        }
    }

    private void HandleRoom(Instant now, Socket socket, PeerId key, RoomMessage room)
    {
        if (!socket.Rooms.Contains(room.Room) && socket.Rooms.Count >= _limits.MaximumRoomsPerSocket)
        {
            Send(socket, new ErrorMessage { Code = ExchangeErrorCode.RateLimited, Text = "This socket has registered in too many rooms.", Request = room.Request });
        }
        else if (!_rooms.TryRegister(now, room.Room, key))
        {
            Send(socket, new ErrorMessage { Code = ExchangeErrorCode.Overloaded, Text = "The exchange holds as many rooms as it may.", Request = room.Request });
        }
        else
        {
            socket.Rooms.Add(room.Room);
            Send(socket, new RoomKeysMessage { Request = room.Request, Keys = [.. _rooms.List(room.Room, key).Take(ExchangeMessage.MaximumKeys)] });
        }
    }

    private void Refuse(Socket socket, SealedSignal signal, ExchangeErrorCode code, string text)
    {
        _signalsRefused++;
        Send(socket, new ErrorMessage { Code = code, Text = text, SignalId = signal.Id });
    }

    private void Send(Socket socket, ExchangeMessage message) => _toSend.Enqueue((socket.Id, message.ToJson()));

    private void Close(Socket socket, ExchangeErrorCode code, string text)
    {
        _socketsClosed++;
        Send(socket, new ErrorMessage { Code = code, Text = text });
        _toClose.Enqueue((socket.Id, code));
        Remove(socket);
    }

    private void Remove(Socket socket)
    {
        _sockets.Remove(socket.Id);
        if (socket.Key is { } key && _subscribers.TryGetValue(key, out var subscriber))
        {
            subscriber.Sockets.Remove(socket);
            if (subscriber.Sockets.Count == 0)
            {
                _subscribers.Remove(key);
            }
        }
    }

    private static ExchangeErrorCode CodeOf(SignalVerdict verdict) => verdict switch
    {
        SignalVerdict.ToItself => ExchangeErrorCode.NotYours,
        SignalVerdict.Expired => ExchangeErrorCode.Expired,
        SignalVerdict.FromTheFuture or SignalVerdict.LifetimeTooLong => ExchangeErrorCode.BadTimes,
        SignalVerdict.Replayed => ExchangeErrorCode.Replayed,
        SignalVerdict.TooManyFromSender => ExchangeErrorCode.RateLimited,
        SignalVerdict.BadSignature => ExchangeErrorCode.BadSignature,
        _ => ExchangeErrorCode.Overloaded,
    };

    private static string TextOf(SignalVerdict verdict) => verdict switch
    {
        SignalVerdict.ToItself => "The signal is for its own sender.",
        SignalVerdict.Expired => "The signal has expired; is the sender's clock slow?",
        SignalVerdict.FromTheFuture => "The signal comes from the future; is the sender's clock fast?",
        SignalVerdict.LifetimeTooLong => $"A signal lives for {SignalLimits.MaximumLifetimeMs} ms at most.",
        SignalVerdict.Replayed => "This signal has been carried before.",
        SignalVerdict.TooManyFromSender => "Too many signals of this key.",
        SignalVerdict.BadSignature => "The signal's signature is not its sender's.",
        _ => "The exchange carries as many signals as it may.",
    };

    private sealed class Socket(ExchangeSocketId id, string serverName, byte[] challenge, Instant now, ExchangeServerLimits limits)
    {
        public TokenBucket Messages = new(limits.MessageBurst, limits.MessageRatePerSecond);
        public TokenBucket Bytes = new(limits.ByteBurst, limits.ByteRatePerSecond);

        public ExchangeSocketId Id { get; } = id;

        public string ServerName { get; } = serverName;

        public byte[] Challenge { get; } = challenge;

        public Instant OpenedAt { get; } = now;

        public Instant LastHeard { get; set; } = now;

        public PeerId? Key { get; set; }

        public HashSet<string> Rooms { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Subscriber(ExchangeServerLimits limits)
    {
        public TokenBucket Signals = new(limits.SignalBurst, limits.SignalRatePerSecond);

        /// <summary>The oldest first.</summary>
        public List<Socket> Sockets { get; } = [];
    }
}
