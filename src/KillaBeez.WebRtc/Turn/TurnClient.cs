namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// The client of one allocation on one 5-tuple (RFC 8656): asks for a relayed address, keeps it, and wraps and unwraps
/// what goes to peers and comes from them. The owner has the socket or stream, hands in only what really came from the
/// server, and polls <see cref="TryPollTransmit"/> and <see cref="TryPollEvent"/> until false after every other call.
/// <code>
///  New --Start--> Allocating --success--> Allocated
///                  |  ^   |                |  |
///                  |  +---+ 401, 438       |  | refresh refused or unanswered, 437
///                  |        once each      |  |
///                  +--refused, silence,----|--+--> Failed
///                     300, 437             |
///  any of them --Close--> Closed           |
///                           ^--------------+  and a Refresh with lifetime 0 goes out
/// </code>
/// </summary>
internal sealed partial class TurnClient
{
    private readonly TurnClientOptions _options;
    private readonly IRandomSource _random;
    private readonly TurnAuthentication _authentication;
    private readonly TimerTable<TurnClientTimer> _timers = new();
    private readonly List<TurnTransaction> _transactions = [];
    private readonly TurnPermissionTable _permissions = new();
    private readonly TurnPeerTable _peers = new();
    private readonly Queue<TurnEvent> _events = new();
    private bool _isKeepaliveDue;
    private bool _hasSent;

    /// <param name="options">The server and the credentials.</param>
    /// <param name="random">Of transaction ids.</param>
    /// <exception cref="ArgumentException">The user name is empty or longer than 508 bytes.</exception>
    public TurnClient(TurnClientOptions options, IRandomSource random)
    {
        _options = options;
        _random = random;
        _authentication = new TurnAuthentication(options.Username, options.Password);
    }

    public TransportAddress Server => _options.Server;

    public TurnClientState State { get; private set; }

    /// <summary>Where peers reach us; null unless there is an allocation.</summary>
    public TransportAddress? RelayedAddress { get; private set; }

    /// <summary>Our address as the server sees it (of TCP where the server is); null before the allocation.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    /// <summary>Set in <see cref="TurnClientState.Failed"/>.</summary>
    public TurnFailure? Failure { get; private set; }

    public Instant NextTimeout
    {
        get
        {
            var next = _timers.Next;
            next = Instant.Min(next, Instant.Min(_permissions.NextMaintenance, _peers.NextMaintenance));
            foreach (var transaction in _transactions)
            {
                next = Instant.Min(next, transaction.Schedule.Deadline);
            }

            return next;
        }
    }

    /// <summary>Asks for the allocation. Once.</summary>
    public void Start(Instant now)
    {
        if (State != TurnClientState.New)
        {
            throw new InvalidOperationException($"A TURN client is started once; this one is {State}.");
        }

        _ = now;
        MoveTo(TurnClientState.Allocating);
        Ask(TurnRequestKind.Allocate);
    }

    /// <summary>
    /// Gives the allocation back: a Refresh with lifetime 0 remains to be polled, and is repeated twice if it is not
    /// answered, for owners who stay that long. Nothing else is sent or taken any more.
    /// </summary>
    public void Close(Instant now)
    {
        _ = now;
        if (State is TurnClientState.Closed)
        {
            return;
        }

        // While allocating, the server may have an allocation whose answer is on its way.
        var mayHaveAllocation = State == TurnClientState.Allocated
            || (State == TurnClientState.Allocating && _hasSent && _authentication.IsChallenged);
        MoveTo(TurnClientState.Closed);
        if (mayHaveAllocation)
        {
            Ask(TurnRequestKind.Release);
        }
        else
        {
            _authentication.Clear();
        }
    }

    /// <summary>
    /// Asks the server whether the allocation still stands, instead of waiting for its next refresh: what goes through
    /// it has gone silent. A server that was restarted knows nothing of it, and says so to nothing but this.
    /// </summary>
    public void Verify(Instant now)
    {
        _ = now;
        if (State == TurnClientState.Allocated)
        {
            AskRefresh();
        }
    }

    /// <summary>The peers that are watched for a channel.</summary>
    public int PeerCount => _peers.Count;

    public void HandleTimeout(Instant now)
    {
        ExpireTransactions(now);
        while (_timers.TryTakeDue(now, out var timer))
        {
            switch (timer)
            {
                case TurnClientTimer.Refresh:
                    AskRefresh();
                    break;
                case TurnClientTimer.Keepalive:
                    _isKeepaliveDue = true;
                    break;
            }
        }

        if (now >= _permissions.NextMaintenance)
        {
            _permissions.Maintain(now);
        }

        if (now >= _peers.NextMaintenance)
        {
            _peers.Maintain(now);
        }
    }

    public bool TryPollEvent(out TurnEvent e) => _events.TryDequeue(out e);

    /// <summary>The one place where the state changes. What belongs to the old state goes.</summary>
    private void MoveTo(TurnClientState state)
    {
        State = state;
        if (state is TurnClientState.Failed or TurnClientState.Closed)
        {
            RelayedAddress = null;
            _isKeepaliveDue = false;
            _timers.ClearAll();
            _transactions.Clear();
            _permissions.Clear();
            _peers.Clear();
        }
    }

    /// <summary>Ends the allocation for a reason. <paramref name="e"/> tells the owner what to do about it.</summary>
    private void Fail(TurnFailure failure, TurnEvent e)
    {
        if (State is TurnClientState.Failed or TurnClientState.Closed)
        {
            return;
        }

        MoveTo(TurnClientState.Failed);
        Failure = failure;
        _authentication.Clear();
        _events.Enqueue(e);
    }

    private void Fail(TurnFailure failure) => Fail(failure, new TurnEvent(TurnEventKind.Failed));
}
