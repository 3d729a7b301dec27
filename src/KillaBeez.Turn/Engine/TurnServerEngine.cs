using KillaBeez.Turn.Allocations;
using KillaBeez.Turn.Authentication;
using KillaBeez.Turn.Peers;
using KillaBeez.Turn.Quotas;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Engine;

/// <summary>
/// A STUN and TURN server (RFC 8489, RFC 8656) without sockets. Its owner hands it every message of a client and every
/// datagram of a peer; what is relayed comes back from the same call and is sent at once, so nothing of it is ever
/// queued here. Answers are polled, and so are events, which are about sockets to open and close.
/// </summary>
internal sealed partial class TurnServerEngine
{
    private readonly TurnServerOptions _options;
    private readonly Authenticator _authenticator;
    private readonly PeerPolicy _policy;
    private readonly OwnAddresses _own;
    private readonly WallTime _wallTime = new();
    private readonly StreamTable _streams;
    private readonly ResponseQueue _responses = new();
    private readonly Queue<TurnServerEvent> _events = new();
    private readonly List<FiveTuple> _expired = [];

    private readonly Dictionary<FiveTuple, Allocation> _allocations = [];
    private readonly Dictionary<RelayId, Allocation> _byRelay = [];
    private readonly Dictionary<TransportAddress, Allocation> _byRelayed = [];
    private readonly Dictionary<TransportAddress, Allocation> _byLocal = [];

    private readonly AccountTable<string> _users;
    private readonly AccountTable<SourceKey> _sources;
    private readonly SourceLimiter _unauthenticated;
    private readonly SourceLimiter _bindings;

    private TokenBucket _anonymous = new(TurnServerLimits.AnonymousPerSecond, TurnServerLimits.AnonymousPerSecond);
    private StunTransactionId _indication;
    private long _lastRelay;
    private Instant _accountSweepAt;

    /// <param name="options">Validated options.</param>
    /// <param name="own">The addresses of the machine that it runs on.</param>
    /// <param name="random">For nonces and limiters.</param>
    public TurnServerEngine(TurnServerOptions options, OwnAddresses own, IRandomSource random)
    {
        _options = options;
        _own = own;
        _policy = new PeerPolicy(options);
        _authenticator = new Authenticator(options, random);
        _streams = new StreamTable(options);
        _users = new AccountTable<string>(options.PerUser);
        _sources = new AccountTable<SourceKey>(options.PerSource);
        _unauthenticated = new SourceLimiter(TurnServerLimits.UnauthenticatedBurst, TurnServerLimits.UnauthenticatedPerSecond, random);
        _indication = StunTransactionId.NewRandom(random);
        _bindings = new SourceLimiter(TurnServerLimits.BindingBurst, TurnServerLimits.BindingPerSecond, random);
    }

    public TurnServerCounts Counts { get; } = new();

    public int AllocationCount => _allocations.Count;

    public int StreamCount => _streams.Count;

    /// <summary>When <see cref="HandleTimeout"/> is to be called; never while there is nothing that ends.</summary>
    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>Tells the time of day: at the start, and again from time to time, because clocks are set.</summary>
    public void SetWallTime(Instant now, DateTimeOffset utc) => _wallTime.Set(now, utc);

    /// <summary>A client has connected over TCP or TLS. False: there are too many, close the connection.</summary>
    public bool HandleStreamOpened(Instant now, FiveTuple tuple)
    {
        if (!_streams.TryAdd(now, tuple))
        {
            Counts.StreamsRefused++;
            return false;
        }

        ArmSweep(now);
        return true;
    }

    /// <summary>A stream is gone, and its allocation with it (RFC 8656, section 3.1).</summary>
    public void HandleStreamClosed(Instant now, FiveTuple tuple)
    {
        if (_allocations.TryGetValue(tuple, out var allocation))
        {
            Delete(now, allocation);
        }

        _streams.Remove(tuple);
    }

    /// <summary>A datagram, or one message of a stream, of a client.</summary>
    /// <param name="now">The present.</param>
    /// <param name="tuple">Between whom.</param>
    /// <param name="message">What came; never throws.</param>
    /// <param name="relayed">What is to leave a relay socket.</param>
    /// <returns>Whether something is relayed.</returns>
    public bool HandleClientMessage(Instant now, FiveTuple tuple, ReadOnlySpan<byte> message, out RelayedDatagram relayed)
    {
        relayed = default;
        if (ChannelData.TryParse(message, out var number, out var payload, out var error))
        {
            return TryRelayChannelData(now, tuple, number, payload, out relayed);
        }

        if (error != ChannelDataParseError.NotAChannel
            || !StunMessage.TryParse(message, out var stun, out _)
            || (stun.FingerprintOffset >= 0 && !FingerprintAttribute.IsValid(stun)))
        {
            Counts.DroppedMalformed++;
            return false;
        }

        switch (stun.Type.Class)
        {
            case StunClass.Request when stun.Type.IsBinding:
                AnswerBinding(now, tuple, stun);
                return false;
            case StunClass.Request when !_options.StunOnly && IsTurnRequest(stun.Type):
                HandleRequest(now, tuple, stun);
                return false;
            case StunClass.Indication when stun.Type == StunMessageType.SendIndication:
                return TryRelaySend(now, tuple, stun, out relayed);
            default:
                // RFC 8489, section 6.3: what has an unknown method, and answers that nobody waits for, are dropped.
                // Binding indications keep NAT bindings alive and have no other effect.
                return false;
        }
    }

    /// <summary>The relay socket is bound.</summary>
    /// <param name="now">The present.</param>
    /// <param name="relay">Of which allocation.</param>
    /// <param name="local">Where.</param>
    /// <returns>False where the allocation is gone meanwhile: close the socket.</returns>
    public bool HandleRelayOpened(Instant now, RelayId relay, TransportAddress local)
    {
        if (!_byRelay.TryGetValue(relay, out var allocation) || allocation.IsReady)
        {
            return false;
        }

        allocation.Open(local, ToRelayed(local));
        _byRelayed[allocation.Relayed] = allocation;
        _byLocal[local] = allocation;
        Counts.AllocationsMade++;
        RespondAllocated(now, allocation, allocation.TransactionId);
        return true;
    }

    /// <summary>There is no port left for a relay socket.</summary>
    public void HandleRelayFailed(Instant now, RelayId relay)
    {
        if (_byRelay.TryGetValue(relay, out var allocation) && !allocation.IsReady)
        {
            Counts.AllocationsRefused++;
            RespondError(allocation.Tuple, allocation.TransactionId, StunMessageType.AllocateRequest, StunErrorCode.InsufficientCapacity, allocation.Key, allocation.WantsFingerprint);
            Delete(now, allocation);
        }
    }

    public bool TryPollTransmit(Span<byte> destination, out FiveTuple to, out int written) =>
        _responses.TryTake(destination, out to, out written);

    public bool TryPollEvent(out TurnServerEvent e) => _events.TryDequeue(out e);

    /// <summary>Removes what has ended.</summary>
    public void HandleTimeout(Instant now)
    {
        if (now < NextTimeout)
        {
            return;
        }

        SweepAllocations(now);
        SweepStreams(now);
        if (now >= _accountSweepAt)
        {
            _accountSweepAt = now.AddMs(TurnServerLimits.AccountSweepMs);
            _users.Sweep(now);
            _sources.Sweep(now);
        }

        NextTimeout = Instant.Never;
        ArmSweep(now);
    }

    private static bool IsTurnRequest(StunMessageType type) =>
        type.Method is StunMethods.Allocate or StunMethods.Refresh or StunMethods.CreatePermission or StunMethods.ChannelBind;

    private void ArmSweep(Instant now)
    {
        if (NextTimeout == Instant.Never && _allocations.Count + _streams.Count + _users.Count + _sources.Count > 0)
        {
            NextTimeout = now.AddMs(TurnServerLimits.SweepMs);
        }
    }

    private void SweepAllocations(Instant now)
    {
        foreach (var allocation in _allocations.Values)
        {
            if (allocation.ExpiresAt <= now)
            {
                Delete(now, allocation);
            }
            else if (allocation.CleanUpAt <= now)
            {
                allocation.CleanUpAt = now.AddMs(TurnServerLimits.PermissionLifetimeMs / 10);
                allocation.CleanUp(now);
            }
        }
    }

    private void SweepStreams(Instant now)
    {
        _expired.Clear();
        _streams.CollectOverdue(now, _expired);
        foreach (var tuple in _expired)
        {
            _streams.Remove(tuple);
            _events.Enqueue(new TurnServerEvent(TurnServerEventKind.CloseStream, Stream: tuple));
        }
    }

    /// <summary>The outside's form of a relay socket's address.</summary>
    private TransportAddress ToRelayed(TransportAddress local)
    {
        foreach (var external in _options.ExternalAddresses)
        {
            var address = TransportAddress.From(external, local.Port);
            if (address.IsIPv6 == local.IsIPv6)
            {
                return address;
            }
        }

        return local;
    }

    /// <summary>The allocation of a 5-tuple, if it can be used now.</summary>
    private bool TryGetReady(Instant now, FiveTuple tuple, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Allocation? allocation) =>
        _allocations.TryGetValue(tuple, out allocation) && allocation.IsReady && now < allocation.ExpiresAt;

    private void Delete(Instant now, Allocation allocation)
    {
        _allocations.Remove(allocation.Tuple);
        _byRelay.Remove(allocation.Relay);
        if (allocation.IsReady)
        {
            _byRelayed.Remove(allocation.Relayed);
            _byLocal.Remove(allocation.Local.Value);
            _events.Enqueue(new TurnServerEvent(TurnServerEventKind.CloseRelay, allocation.Relay));
        }

        _streams.LetGo(now, allocation.Tuple);
        allocation.Release();
    }
}
