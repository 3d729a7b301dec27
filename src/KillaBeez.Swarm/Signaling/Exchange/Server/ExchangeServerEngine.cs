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
    private readonly ExchangeRates _rates;
    private readonly ExchangeClocks _clocks = new();
    private readonly Dictionary<ExchangeSocketId, Socket> _sockets = [];
    private readonly Dictionary<PeerId, Subscriber> _subscribers = [];
    private readonly TimerTable<ServerTimer> _timers = new();
    private readonly Queue<(ExchangeSocketId Socket, byte[] Message)> _toSend = new();
    private readonly Queue<(ExchangeSocketId Socket, ExchangeErrorCode Reason)> _toClose = new();
    private long _messagesReceived;
    private long _signalsRouted;
    private long _signalsRefused;
    private long _socketsClosed;
    private long _subscriptions;
    private long? _clientsAheadMs;

    public ExchangeServerEngine(IRandomSource random, ExchangeServerLimits? limits = null)
    {
        _random = random;
        _limits = limits ?? new ExchangeServerLimits();
        _gate = new SignalGate(me: null, _limits.Gate);
        _rooms = new ExchangeRooms(_limits);
        _rates = new ExchangeRates(_limits);
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
        Subscriptions = _subscriptions,
        ClientsAheadMs = _clientsAheadMs,
    };

    /// <summary>A socket was opened; it is sent its challenge.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="nowUnixMs">The exchange's wall clock.</param>
    /// <param name="id">A name that no socket had before.</param>
    /// <param name="serverName">The name that the client must have dialed.</param>
    /// <param name="source">Where it comes from.</param>
    public void Connected(Instant now, long nowUnixMs, ExchangeSocketId id, string serverName, ExchangeSource source = default)
    {
        _timers.SetIfIdle(ServerTimer.Sweep, now + _limits.SweepInterval);
        var challenge = new byte[ExchangeSubscription.ChallengeBytes];
        _random.Fill(challenge);
        var socket = new Socket(id, serverName, challenge, now, source, _rates.Enter(source), _limits);
        _sockets.Add(id, socket);
        if (_sockets.Count > _limits.MaximumSockets)
        {
            Close(now, socket, ExchangeErrorCode.Overloaded, "The exchange holds as many sockets as it may; try again later.");
            return;
        }

        Send(socket, new ChallengeMessage { ServerName = serverName, Challenge = challenge, ServerUnixMs = nowUnixMs });
    }

    /// <summary>A socket is gone. Nothing happens for one that the engine closed itself.</summary>
    public void Disconnected(Instant now, ExchangeSocketId id)
    {
        if (_sockets.TryGetValue(id, out var socket))
        {
            Remove(now, socket);
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
        if (!socket.Rate.Messages.TryTake(now) || !socket.Rate.Bytes.TryTake(now, utf8.Length))
        {
            Close(now, socket, ExchangeErrorCode.TooManyMessages, "Too many messages or bytes came over this socket, or of its key.");
        }
        else if (!ExchangeMessage.TryParse(utf8, out var message, out var error))
        {
            var code = error == ExchangeParseError.TooLarge ? ExchangeErrorCode.TooLarge : ExchangeErrorCode.Malformed;
            Close(now, socket, code, $"A message cannot be read ({error}).");
        }
        else
        {
            Handle(now, nowUnixMs, socket, message!, utf8.Length);
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
                    Close(now, socket, ExchangeErrorCode.TimedOut, "No subscription came in time.");
                }
                else if (now - socket.LastHeard >= _limits.IdleTimeout)
                {
                    Close(now, socket, ExchangeErrorCode.TimedOut, "Nothing was heard for too long.");
                }
            }

            _rooms.Sweep(now);
            _rates.Sweep(now);
            if (_sockets.Count > 0 || _rooms.Count > 0 || _rates.Count > 0)
            {
                _timers.Set(ServerTimer.Sweep, now + _limits.SweepInterval);
            }
        }
    }

    /// <summary>Closes every socket with <see cref="ExchangeErrorCode.Stopping"/>.</summary>
    public void Stop(Instant now)
    {
        foreach (var socket in _sockets.Values)
        {
            Close(now, socket, ExchangeErrorCode.Stopping, "The exchange is being stopped.");
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

    private void Handle(Instant now, long nowUnixMs, Socket socket, ExchangeMessage message, int messageBytes)
    {
        switch (message)
        {
            case UnknownMessage:
                break;
            case SubscribeMessage subscribe when socket.Key is null:
                HandleSubscribe(now, nowUnixMs, socket, subscribe, messageBytes);
                break;
            case SignalMessage signal when socket.Key is { } key:
                HandleSignal(now, nowUnixMs, socket, key, signal.Signal);
                break;
            case PingMessage ping when socket.Key is not null:
                HandlePing(now, nowUnixMs, socket, ping);
                break;
            case RoomMessage room when socket.Key is { } key:
                HandleRoom(now, socket, key, room);
                break;
            case SignalMessage or PingMessage or RoomMessage:
                Close(now, socket, ExchangeErrorCode.NotSubscribed, "Subscribe first.");
                break;
            default:
                Close(now, socket, ExchangeErrorCode.Malformed, $"\"{message.Type}\" is not expected here.");
                break;
        }
    }

    private void HandleSubscribe(Instant now, long nowUnixMs, Socket socket, SubscribeMessage subscribe, int messageBytes)
    {
        if (subscribe.Version != ExchangeSubscription.Version)
        {
            Close(now, socket, ExchangeErrorCode.UnsupportedVersion, $"Version {ExchangeSubscription.Version} of the protocol is spoken here.");
            return;
        }

        if (subscribe.ServerName != socket.ServerName)
        {
            Close(now, socket, ExchangeErrorCode.WrongServer, $"The subscription is for another server; this one is {socket.ServerName}.");
            return;
        }

        if (!ExchangeSubscription.Verify(subscribe.Key, socket.Challenge, socket.ServerName, subscribe.Signature.Span))
        {
            Close(now, socket, ExchangeErrorCode.BadSignature, "The signature is not the key's over this challenge and server name.");
            return;
        }

        _subscriptions++;
        if (!_subscribers.TryGetValue(subscribe.Key, out var subscriber))
        {
            subscriber = new Subscriber(_rates.Enter(subscribe.Key));
            _subscribers.Add(subscribe.Key, subscriber);
            _rooms.Arrived(subscribe.Key);
        }
        else if (subscribe.Yields && subscriber.Sockets.Exists(s => IsOfAnotherNode(s, subscribe)))
        {
            Close(now, socket, ExchangeErrorCode.Superseded, "Another node is subscribed with this key.");
            return;
        }

        socket.Key = subscribe.Key;
        socket.Instance = subscribe.Instance;
        socket.UnixMsAtZero = subscribe.ClientUnixMs is { } unixMs ? ExchangeClocks.AtZero(now, unixMs) : null;
        subscriber.Sockets.Add(socket);
        Supersede(now, subscriber, socket, subscribe);

        // From here on the key pays, for this message too.
        socket.Rate = subscriber.Rate;
        if (!socket.Rate.Messages.TryTake(now) || !socket.Rate.Bytes.TryTake(now, messageBytes))
        {
            Close(now, socket, ExchangeErrorCode.TooManyMessages, "Too many messages or bytes came of this key of late.");
            return;
        }

        Send(socket, new ReadyMessage { Key = subscribe.Key, ServerUnixMs = nowUnixMs, ClientsUnixMs = ClientsUnixMs(now, nowUnixMs) });
    }

    /// <summary>
    /// Closes the sockets that a new one takes the place of: those that the same node has left behind, and those of other
    /// nodes, since a key is for one node and the latest to start is most likely the one that is meant. Clients that do not
    /// say which node they are may be several.
    /// </summary>
    private void Supersede(Instant now, Subscriber subscriber, Socket latest, SubscribeMessage subscribe)
    {
        foreach (var socket in subscriber.Sockets.Where(s => s != latest && s.Instance is not null && latest.Instance is not null).ToList())
        {
            Close(now, socket, ExchangeErrorCode.Superseded, IsOfAnotherNode(socket, subscribe)
                ? "Another node has subscribed with this key; a key is for one node."
                : "This node has subscribed on a newer socket.");
        }

        if (subscriber.Sockets.Count > _limits.MaximumSocketsPerKey)
        {
            Close(now, subscriber.Sockets[0], ExchangeErrorCode.Superseded, "This key has subscribed on too many newer sockets.");
        }
    }

    private static bool IsOfAnotherNode(Socket socket, SubscribeMessage subscribe) =>
        socket.Instance is { } other && subscribe.Instance is { } instance && other != instance;

    private void HandlePing(Instant now, long nowUnixMs, Socket socket, PingMessage ping)
    {
        if (ping.ClientUnixMs is { } unixMs)
        {
            socket.UnixMsAtZero = ExchangeClocks.AtZero(now, unixMs);
        }

        Send(socket, new PongMessage
        {
            Request = ping.Request,
            Present = [.. ping.Keys.Where(_subscribers.ContainsKey)],
            ServerUnixMs = nowUnixMs,
            ClientsUnixMs = ClientsUnixMs(now, nowUnixMs),
        });
    }

    private long? ClientsUnixMs(Instant now, long nowUnixMs)
    {
        // One clock a key, that of its latest socket: many sockets of one key are no majority.
        var clients = _clocks.MedianUnixMs(now, _subscribers.Values.Select(s => s.Sockets[^1].UnixMsAtZero));
        _clientsAheadMs = clients - nowUnixMs;
        return clients;
    }

    private void HandleSignal(Instant now, long nowUnixMs, Socket socket, PeerId key, SealedSignal signal)
    {
        var subscriber = _subscribers[key];
        if (signal.From != key)
        {
            Refuse(socket, signal, ExchangeErrorCode.NotYours, "The signal's sender is not the subscribed key.");
        }
        else if (!subscriber.Rate.Signals.TryTake(now) || socket.SourceRate?.Signals.TryTake(now) == false)
        {
            Refuse(socket, signal, ExchangeErrorCode.RateLimited, "Too many signals of this key, or from its network.");
        }
        else if (!_subscribers.TryGetValue(signal.To, out var receiver))
        {
            // Before the gate, which would remember the signal: it may be sent again when its receiver is here.
            Refuse(socket, signal, ExchangeErrorCode.UnknownKey, "Nobody is subscribed with the key that the signal is for.");
        }
        else if (TimesRefusal(now, nowUnixMs, socket, receiver, signal) is { } refusal)
        {
            Refuse(socket, signal, refusal.Code, refusal.Text);
        }
        else if (_gate.Check(now, nowUnixMs, signal) is var verdict && verdict != SignalVerdict.Accepted)
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

    /// <summary>
    /// Whether the receiver would not take the signal, by what its own clock says and not the exchange's; then the sender
    /// learns at once whose clock is off by how much, as far as anybody can tell.
    /// </summary>
    private static (ExchangeErrorCode Code, string Text)? TimesRefusal(Instant now, long nowUnixMs, Socket sender, Subscriber receiver, SealedSignal signal)
    {
        // What a client said of its clock was under way for a while, and so was the signal.
        const long ToleranceMs = SignalLimits.ClockSkewMs + SignalLimits.MaximumLifetimeMs;
        var aheadMs = 0L;
        foreach (var socket in receiver.Sockets)
        {
            if (socket.UnixMsAtZero is not { } atZero)
            {
                return null;
            }

            var receiverUnixMs = ExchangeClocks.At(now, atZero);
            if (receiverUnixMs <= signal.ExpiresUnixMs + ToleranceMs && receiverUnixMs >= signal.CreatedUnixMs - ToleranceMs)
            {
                return null;
            }

            aheadMs = receiverUnixMs - signal.CreatedUnixMs;
        }

        var senderUnixMs = sender.UnixMsAtZero is { } senderAtZero ? ExchangeClocks.At(now, senderAtZero) : signal.CreatedUnixMs;
        var text = $"The receiver's clock is {ClockText.Ahead(aheadMs)} this signal, and {ClockText.Limit} is the most. The sender's is "
            + $"{ClockText.Ahead(senderUnixMs - nowUnixMs)} the exchange's, the receiver's {ClockText.Ahead(signal.CreatedUnixMs + aheadMs - nowUnixMs)} it.";
        return (aheadMs > 0 ? ExchangeErrorCode.Expired : ExchangeErrorCode.BadTimes, text);
    }

    private void HandleRoom(Instant now, Socket socket, PeerId key, RoomMessage room)
    {
        switch (_rooms.Register(now, room.Room, key, socket.Source))
        {
            case RoomRegistration.TooManyOfKey:
                Send(socket, new ErrorMessage { Code = ExchangeErrorCode.RateLimited, Text = "This key has registered in too many rooms.", Request = room.Request });
                break;
            case RoomRegistration.TooManyRooms:
                Send(socket, new ErrorMessage { Code = ExchangeErrorCode.Overloaded, Text = "The exchange holds as many rooms as it may, in all or of this network.", Request = room.Request });
                break;
            default:
                Send(socket, new RoomKeysMessage { Request = room.Request, Keys = [.. _rooms.List(room.Room, key).Take(ExchangeMessage.MaximumKeys)] });
                break;
        }
    }

    private void Refuse(Socket socket, SealedSignal signal, ExchangeErrorCode code, string text)
    {
        _signalsRefused++;
        Send(socket, new ErrorMessage { Code = code, Text = text, SignalId = signal.Id });
    }

    private void Send(Socket socket, ExchangeMessage message) => _toSend.Enqueue((socket.Id, message.ToJson()));

    private void Close(Instant now, Socket socket, ExchangeErrorCode code, string text)
    {
        _socketsClosed++;
        Send(socket, new ErrorMessage { Code = code, Text = text });
        _toClose.Enqueue((socket.Id, code));
        Remove(now, socket);
    }

    private void Remove(Instant now, Socket socket)
    {
        _sockets.Remove(socket.Id);
        if (socket.SourceRate is { } sourceRate)
        {
            _rates.Leave(now, sourceRate);
        }

        if (socket.Key is { } key && _subscribers.TryGetValue(key, out var subscriber))
        {
            subscriber.Sockets.Remove(socket);
            if (subscriber.Sockets.Count == 0)
            {
                _subscribers.Remove(key);
                _rates.Leave(now, subscriber.Rate);
                _rooms.Left(key);
            }
        }
    }

    private static ExchangeErrorCode CodeOf(SignalVerdict verdict) => verdict switch
    {
        SignalVerdict.ToItself => ExchangeErrorCode.NotYours,
        SignalVerdict.LifetimeTooLong => ExchangeErrorCode.BadTimes,
        SignalVerdict.Replayed => ExchangeErrorCode.Replayed,
        SignalVerdict.TooManyFromSender => ExchangeErrorCode.RateLimited,
        SignalVerdict.BadSignature => ExchangeErrorCode.BadSignature,
        _ => ExchangeErrorCode.Overloaded,
    };

    private static string TextOf(SignalVerdict verdict) => verdict switch
    {
        SignalVerdict.ToItself => "The signal is for its own sender.",
        SignalVerdict.LifetimeTooLong => $"A signal lives for {SignalLimits.MaximumLifetimeMs} ms at most.",
        SignalVerdict.Replayed => "This signal has been carried before.",
        SignalVerdict.TooManyFromSender => "Too many signals of this key.",
        SignalVerdict.BadSignature => "The signal's signature is not its sender's.",
        _ => "The exchange carries as many signals as it may.",
    };

    private sealed class Socket(
        ExchangeSocketId id,
        string serverName,
        byte[] challenge,
        Instant now,
        ExchangeSource source,
        ExchangeRate? sourceRate,
        ExchangeServerLimits limits)
    {
        public ExchangeSocketId Id { get; } = id;

        public string ServerName { get; } = serverName;

        public byte[] Challenge { get; } = challenge;

        public Instant OpenedAt { get; } = now;

        public ExchangeSource Source { get; } = source;

        public ExchangeRate? SourceRate { get; } = sourceRate;

        /// <summary>Its own until it has subscribed, then its key's.</summary>
        public ExchangeRate Rate { get; set; } = new(limits, limits.SignalBurst, limits.SignalRatePerSecond);

        public Instant LastHeard { get; set; } = now;

        public PeerId? Key { get; set; }

        public ExchangeInstanceId? Instance { get; set; }

        /// <summary>Its clock, see <see cref="ExchangeClocks"/>; null where it did not say.</summary>
        public long? UnixMsAtZero { get; set; }
    }

    private sealed class Subscriber(ExchangeRate rate)
    {
        public ExchangeRate Rate { get; } = rate;

        /// <summary>The oldest first; never empty once the subscription is through.</summary>
        public List<Socket> Sockets { get; } = [];
    }
}
