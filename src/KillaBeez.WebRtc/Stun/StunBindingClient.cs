namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// Server-reflexive discovery for one socket and one server (RFC 8445, section 5.1.1.2), and the keepalives that hold
/// the NAT's mapping (section 5.1.1.4). Needs no credentials. A server that never answers fails after 23.5 seconds and
/// nothing more is sent; one that falls silent later is asked on, since the requests themselves hold the mapping.
/// </summary>
/// <param name="server">Where the requests go, over UDP.</param>
/// <param name="random">Of transaction ids.</param>
internal sealed class StunBindingClient(TransportAddress server, IRandomSource random)
{
    private readonly Queue<StunBindingEvent> _events = new();
    private StunRequestSchedule? _schedule;
    private StunTransactionId _transactionId;
    private Instant _nextKeepaliveAt = Instant.Never;
    private int _unansweredKeepalives;
    private bool _hasFailed;

    public TransportAddress Server => server;

    /// <summary>What the server sees as the socket's address; null before the first answer.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    public Instant NextTimeout => Instant.Min(_nextKeepaliveAt, _schedule?.Deadline ?? Instant.Never);

    /// <summary>Asks for the first time, or anew: after the host's network has changed, for instance.</summary>
    public void Start()
    {
        _hasFailed = false;
        _unansweredKeepalives = 0;
        _nextKeepaliveAt = Instant.Never;
        MappedAddress = null;
        Ask(StunLimits.MaxServerSends);
    }

    /// <summary>Ends it: nothing is sent any more and no answer counts.</summary>
    public void Stop()
    {
        _schedule = null;
        _nextKeepaliveAt = Instant.Never;
    }

    /// <summary>Whether the datagram answers the request that is open; false: it is somebody else's.</summary>
    /// <param name="now">The clock.</param>
    /// <param name="source">Where the datagram came from.</param>
    /// <param name="message">The datagram.</param>
    public bool HandleMessage(Instant now, TransportAddress source, ReadOnlySpan<byte> message)
    {
        // The unguessable transaction id is all that ties an answer without credentials to us.
        if (_schedule is null
            || source != server
            || !StunMessage.TryParse(message, out var answer, out _)
            || answer.TransactionId != _transactionId
            || !IsOfInterest(answer))
        {
            return false;
        }

        if (answer.Type == StunMessageType.BindingError)
        {
            _schedule = null;
            HandleSilence();
            return true;
        }

        if (TryReadMappedAddress(answer, out var mapped))
        {
            HandleMapped(now, mapped);
        }

        return true;
    }

    public void HandleTimeout(Instant now)
    {
        if (_schedule?.TryExpire(now) == true)
        {
            _schedule = null;
            HandleSilence();
        }

        if (now >= _nextKeepaliveAt)
        {
            // An answer to the last keepalive that has not come by now is not waited for.
            if (_schedule is not null)
            {
                HandleSilence();
            }

            _nextKeepaliveAt = now.AddMs(StunLimits.KeepaliveIntervalMs);
            Ask(StunLimits.MaxKeepaliveSends);
        }
    }

    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        written = 0;
        if (_schedule is not { IsDue: true })
        {
            return false;
        }

        written = new StunWriter(destination, StunMessageType.BindingRequest, _transactionId).Length;
        _schedule.OnSent(now);
        return true;
    }

    public bool TryPollEvent(out StunBindingEvent e) => _events.TryDequeue(out e);

    private static bool IsOfInterest(in StunMessage answer) =>
        (answer.Type == StunMessageType.BindingSuccess || answer.Type == StunMessageType.BindingError)
        // RFC 8489, section 6.3.3: an answer with an attribute that must be understood and is not is discarded.
        && answer.CollectUnknownRequired(stackalloc ushort[1]) == 0
        && (answer.FingerprintOffset < 0 || FingerprintAttribute.IsValid(answer));

    private bool TryReadMappedAddress(in StunMessage answer, out TransportAddress mapped) =>
        (XorMappedAddressAttribute.TryRead(answer, out mapped)
            // Servers of RFC 3489 know only the plain attribute.
            || MappedAddressAttribute.TryRead(answer, StunAttributeType.MappedAddress, out mapped))
        && mapped.Port != 0
        && mapped.IsIPv6 == server.IsIPv6;

    private void HandleMapped(Instant now, TransportAddress mapped)
    {
        var before = MappedAddress;
        _schedule = null;
        _unansweredKeepalives = 0;
        MappedAddress = mapped;
        if (before is null)
        {
            _nextKeepaliveAt = now.AddMs(StunLimits.KeepaliveIntervalMs);
        }

        if (before is null || _hasFailed)
        {
            _hasFailed = false;
            Raise(StunBindingEventKind.Mapped, mapped);
        }
        else if (before != mapped)
        {
            Raise(StunBindingEventKind.Changed, mapped);
        }
    }

    private void HandleSilence()
    {
        if (MappedAddress is not null)
        {
            _unansweredKeepalives++;
            if (_unansweredKeepalives < StunLimits.MaxUnansweredKeepalives)
            {
                return;
            }
        }

        if (!_hasFailed)
        {
            _hasFailed = true;
            Raise(StunBindingEventKind.Failed, default);
        }
    }

    private void Ask(int maxSends)
    {
        _transactionId = StunTransactionId.NewRandom(random);
        _schedule = StunRequestSchedule.OverDatagrams(maxSends);
    }

    /// <summary>An owner that does not poll sees the newest events only.</summary>
    private void Raise(StunBindingEventKind kind, TransportAddress address)
    {
        if (_events.Count == StunLimits.MaxQueuedEvents)
        {
            _ = _events.Dequeue();
        }

        _events.Enqueue(new StunBindingEvent(kind, address));
    }
}
