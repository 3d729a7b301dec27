using System.Text;
using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Swarm.Signaling.Exchange.Client;

/// <summary>
/// One socket to a signal exchange, from its opening to its end:
/// <code>
/// AwaitingChallenge --challenge/subscribe--> AwaitingReady --ready--> Ready
///         |                                       |                    |
///         +----------------- timeout, refusal, nonsense ---------------+--> Failed
/// </code>
/// Its owner opens the socket, makes the engine, and hands it every message; after each call it sends what
/// <see cref="TryPollTransmit"/> gives and takes the events.
/// </summary>
internal sealed class ExchangeClientEngine
{
    /// <summary>The number of every heartbeat; requests of the owner start at 1.</summary>
    private const uint HeartbeatRequest = 0;

    /// <summary>Half a surrogate pair is no text: an ArgumentException, as the writer would throw.</summary>
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly KeyPair _keyPair;
    private readonly string _serverName;
    private readonly ExchangeClientLimits _limits;
    private readonly TimerTable<ClientTimer> _timers = new();
    private readonly Queue<byte[]> _toSend = new();
    private readonly Queue<byte[]> _whenReady = new();
    private readonly Queue<ExchangeClientEvent> _events = new();
    private readonly ExchangeInstanceId? _instance;
    private readonly bool _yields;
    private ExchangeClock? _clock;
    private Instant _askedAt;
    private bool _isHeartbeatUnderWay;
    private uint _lastRequest;

    /// <summary>Starts the handshake on a socket that has just been opened.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="keyPair">The node's identity; stays the caller's.</param>
    /// <param name="serverName">The name of the exchange, see <see cref="ExchangeServerName.FromUri"/>.</param>
    /// <param name="limits">Limits and intervals.</param>
    /// <param name="instance">This life of this node, the same for all its sockets one after another; null does without.</param>
    /// <param name="yields">Whether this node gives way to another one with its key.</param>
    public ExchangeClientEngine(
        Instant now,
        KeyPair keyPair,
        string serverName,
        ExchangeClientLimits? limits = null,
        ExchangeInstanceId? instance = null,
        bool yields = false)
    {
        _instance = instance;
        _yields = yields;
        _askedAt = now;
        _keyPair = keyPair;
        _serverName = serverName;
        _limits = limits ?? new ExchangeClientLimits();
        _timers.Set(ClientTimer.Handshake, now + _limits.HandshakeTimeout);
    }

    private enum ClientTimer
    {
        Handshake,
        Heartbeat,
        Silence,
    }

    /// <summary>Where the socket is in its life.</summary>
    public ExchangeClientState State { get; private set; } = ExchangeClientState.AwaitingChallenge;

    /// <summary>The next moment at which <see cref="HandleTimeout"/> has something to do.</summary>
    public Instant NextTimeout => _timers.Next;

    /// <summary>Signals dropped because the owner did not take its events.</summary>
    public long DroppedSignals { get; private set; }

    /// <summary>Sends a signal, as soon as the subscription holds.</summary>
    /// <returns>False where too many messages wait already, or the engine has failed.</returns>
    public bool Send(SealedSignal signal) => TryQueue(new SignalMessage { Signal = signal });

    /// <summary>Asks which of at most <see cref="ExchangeMessage.MaximumKeys"/> keys are subscribed.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="request">The number that the <see cref="ExchangeClientEvent.Pong"/> will have.</param>
    /// <returns>False where too many messages wait already, or the engine has failed.</returns>
    public bool Ping(IReadOnlyList<PeerId> keys, out uint request)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, ExchangeMessage.MaximumKeys);
        request = ++_lastRequest;
        return TryQueue(new PingMessage { Request = request, Keys = keys });
    }

    /// <summary>Registers this node in a room and asks who else has.</summary>
    /// <param name="room">1 to 128 bytes of UTF-8.</param>
    /// <param name="request">The number that the <see cref="ExchangeClientEvent.RoomKeys"/> will have.</param>
    /// <returns>False where too many messages wait already, or the engine has failed.</returns>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public bool JoinRoom(string room, out uint request)
    {
        ArgumentException.ThrowIfNullOrEmpty(room);
        if (StrictUtf8.GetByteCount(room) > RoomMessage.MaximumNameBytes)
        {
            throw new ArgumentException($"The name of a room has at most {RoomMessage.MaximumNameBytes} bytes of UTF-8.", nameof(room));
        }

        request = ++_lastRequest;
        return TryQueue(new RoomMessage { Request = request, Room = room });
    }

    /// <summary>Takes one text message of the socket.</summary>
    /// <param name="now">The moment, by the monotonic clock.</param>
    /// <param name="nowUnixMs">The same by this node's wall clock, which is compared with the exchange's.</param>
    /// <param name="utf8">The message.</param>
    public void HandleMessage(Instant now, long nowUnixMs, ReadOnlySpan<byte> utf8)
    {
        if (State == ExchangeClientState.Failed)
        {
            return;
        }

        if (!ExchangeMessage.TryParse(utf8, out var message, out var error))
        {
            Fail(ExchangeFailure.ProtocolViolation, $"The exchange sent a message that cannot be read ({error}).");
            return;
        }

        if (State == ExchangeClientState.Ready)
        {
            _timers.Set(ClientTimer.Silence, now + _limits.SilenceTimeout);
        }

        Handle(now, nowUnixMs, message!);
    }

    /// <summary>Does what is due.</summary>
    public void HandleTimeout(Instant now, long nowUnixMs)
    {
        while (_timers.TryTakeDue(now, out var timer))
        {
            switch (timer)
            {
                case ClientTimer.Handshake:
                    Fail(ExchangeFailure.HandshakeTimeout, $"The exchange {_serverName} did not complete the subscription in time.");
                    break;
                case ClientTimer.Heartbeat:
                    if (TryQueue(new PingMessage { Request = HeartbeatRequest, Keys = [], ClientUnixMs = nowUnixMs }))
                    {
                        _askedAt = now;
                        _isHeartbeatUnderWay = true;
                    }

                    _timers.Set(ClientTimer.Heartbeat, now + _limits.HeartbeatInterval);
                    break;
                default:
                    Fail(ExchangeFailure.Silent, $"Nothing was heard from the exchange {_serverName} for {_limits.SilenceTimeout.TotalSeconds:0} s.");
                    break;
            }
        }
    }

    /// <summary>The next message to send; call until false.</summary>
    public bool TryPollTransmit(out byte[] message) => _toSend.TryDequeue(out message!);

    /// <summary>The next event; call until false.</summary>
    public bool TryPollEvent(out ExchangeClientEvent e) => _events.TryDequeue(out e!);

    private void Handle(Instant now, long nowUnixMs, ExchangeMessage message)
    {
        switch (State, message)
        {
            case (_, UnknownMessage):
                break;
            case (_, ErrorMessage error):
                HandleError(error);
                break;
            case (ExchangeClientState.AwaitingChallenge, ChallengeMessage challenge):
                HandleChallenge(now, nowUnixMs, challenge);
                break;
            case (ExchangeClientState.AwaitingReady, ReadyMessage ready):
                HandleReady(now, nowUnixMs, ready);
                break;
            case (ExchangeClientState.Ready, SignalMessage signal):
                RaiseBounded(new ExchangeClientEvent.SignalReceived(signal.Signal));
                break;
            case (ExchangeClientState.Ready, PongMessage { Request: HeartbeatRequest } heartbeat):
                HandleHeartbeat(now, nowUnixMs, heartbeat);
                break;
            case (ExchangeClientState.Ready, PongMessage pong):
                RaiseBounded(new ExchangeClientEvent.Pong(pong.Request, pong.Present));
                break;
            case (ExchangeClientState.Ready, RoomKeysMessage room):
                RaiseBounded(new ExchangeClientEvent.RoomKeys(room.Request, room.Keys));
                break;
            default:
                Fail(ExchangeFailure.ProtocolViolation, $"The exchange sent \"{message.Type}\" out of turn.");
                break;
        }
    }

    private void HandleChallenge(Instant now, long nowUnixMs, ChallengeMessage challenge)
    {
        if (challenge.Version != ExchangeSubscription.Version)
        {
            Fail(ExchangeFailure.UnsupportedVersion, $"The exchange speaks version {challenge.Version} of the protocol; this node speaks {ExchangeSubscription.Version}.");
            return;
        }

        if (challenge.ServerName != _serverName)
        {
            // Signing the exchange's own idea of its name would let it subscribe elsewhere in this node's name.
            Fail(
                ExchangeFailure.WrongServerName,
                $"The exchange that was dialed as {_serverName} calls itself {challenge.ServerName}: dial it by that name, or add the dialed name to its server names.");
            return;
        }

        _clock = Measure(now, nowUnixMs, challenge.ServerUnixMs, clientsUnixMs: null);
        _askedAt = now;
        State = ExchangeClientState.AwaitingReady;
        var subscribe = new SubscribeMessage
        {
            Key = _keyPair.Id,
            ServerName = _serverName,
            Signature = ExchangeSubscription.Sign(_keyPair, challenge.Challenge.Span, _serverName),
            ClientUnixMs = nowUnixMs,
            Instance = _instance,
            Yields = _yields,
        };
        _toSend.Enqueue(subscribe.ToJson());
    }

    private void HandleReady(Instant now, long nowUnixMs, ReadyMessage ready)
    {
        if (ready.Key != _keyPair.Id)
        {
            Fail(ExchangeFailure.ProtocolViolation, "The exchange subscribed another key than this node's.");
            return;
        }

        State = ExchangeClientState.Ready;
        _timers.Clear(ClientTimer.Handshake);
        _timers.Set(ClientTimer.Heartbeat, now + _limits.HeartbeatInterval);
        _timers.Set(ClientTimer.Silence, now + _limits.SilenceTimeout);
        while (_whenReady.TryDequeue(out var message))
        {
            _toSend.Enqueue(message);
        }

        if (ready.ServerUnixMs is { } server)
        {
            _clock = Measure(now, nowUnixMs, server, ready.ClientsUnixMs);
        }

        _events.Enqueue(new ExchangeClientEvent.Ready(_clock!));
    }

    private void HandleHeartbeat(Instant now, long nowUnixMs, PongMessage heartbeat)
    {
        // One answer a question: an exchange that says more cannot keep anybody busy with its clock.
        if (!_isHeartbeatUnderWay || heartbeat.ServerUnixMs is not { } server)
        {
            return;
        }

        _isHeartbeatUnderWay = false;

        var (told, clock) = (_clock!, Measure(now, nowUnixMs, server, heartbeat.ClientsUnixMs));
        var isNews = clock.Differs != told.Differs
            || (clock.Differs && (clock.IsNodeWrong, clock.IsExchangeWrong) != (told.IsNodeWrong, told.IsExchangeWrong))
            || (clock.Differs && Math.Abs(clock.ExchangeAheadMs - told.ExchangeAheadMs) > SignalLimits.ClockSkewMs);
        if (isNews && _events.Count < _limits.MaximumQueuedEvents)
        {
            _clock = clock;
            _events.Enqueue(new ExchangeClientEvent.ClockChanged(clock));
        }
    }

    /// <summary>The exchange's clock was read between the question and its answer, most likely in the middle.</summary>
    private ExchangeClock Measure(Instant now, long nowUnixMs, long serverUnixMs, long? clientsUnixMs)
    {
        var half = (long)(now - _askedAt).TotalMilliseconds / 2;

        // Times from the exchange may be anything; beyond these no clock goes.
        var ahead = Math.Min(serverUnixMs, 1L << 53) + half - nowUnixMs;
        return new ExchangeClock
        {
            ExchangeAheadMs = ahead,
            UncertaintyMs = half,
            ClientsAheadMs = clientsUnixMs is { } clients ? clients + half - nowUnixMs : null,
        };
    }

    private void HandleError(ErrorMessage error)
    {
        if (error.SignalId is { } id)
        {
            RaiseBounded(new ExchangeClientEvent.SignalRejected(id, error.Code, error.Text));
        }
        else if (error.Request is { } request)
        {
            RaiseBounded(new ExchangeClientEvent.RequestRejected(request, error.Code, error.Text));
        }
        else
        {
            var reason = error.Code == ExchangeErrorCode.Superseded ? ExchangeFailure.KeyInUseElsewhere : ExchangeFailure.Refused;
            var text = reason == ExchangeFailure.KeyInUseElsewhere
                ? $"Another node or program uses this node's key at the exchange {_serverName}, and a key is for one node: stop one of them, or give it a key of its own."
                : $"The exchange {_serverName} refused: {error.Text} ({error.Code}).";
            Fail(reason, text, error.Code);
        }
    }

    private bool TryQueue(ExchangeMessage message)
    {
        if (State == ExchangeClientState.Failed || _toSend.Count + _whenReady.Count >= _limits.MaximumQueuedMessages)
        {
            return false;
        }

        (State == ExchangeClientState.Ready ? _toSend : _whenReady).Enqueue(message.ToJson());
        return true;
    }

    private void RaiseBounded(ExchangeClientEvent e)
    {
        if (_events.Count < _limits.MaximumQueuedEvents)
        {
            _events.Enqueue(e);
        }
        else
        {
            DroppedSignals++;
        }
    }

    private void Fail(ExchangeFailure reason, string text, ExchangeErrorCode? code = null)
    {
        State = ExchangeClientState.Failed;
        _timers.ClearAll();
        _toSend.Clear();
        _whenReady.Clear();
        _events.Enqueue(new ExchangeClientEvent.Failed(reason, text, code));
    }
}

/// <summary>Where a client's socket is in its life.</summary>
internal enum ExchangeClientState
{
    /// <summary>The exchange has to speak first.</summary>
    AwaitingChallenge,

    /// <summary>The subscription is signed and sent.</summary>
    AwaitingReady,

    /// <summary>Signals flow.</summary>
    Ready,

    /// <summary>Over.</summary>
    Failed,
}
