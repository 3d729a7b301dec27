namespace KillaBeez.Swarm.Signaling.Routing;

/// <summary>
/// Carries signals between connected peers, over the reserved substream <c>signal</c>: A hands R a signal for B, R checks
/// sender, freshness, signature and rate and hands it to B; R cannot read it. A signal goes over one peer between,
/// never over a chain, so it cannot go round. One engine per node; one owner, no locks.
/// </summary>
internal sealed class SignalRouterEngine
{
    private readonly PeerId _me;
    private readonly RoutingLimits _limits;
    private readonly SignalGate _mine;
    private readonly SignalGate _carried;
    private readonly Dictionary<PeerId, Neighbor> _neighbors = [];
    private readonly Queue<(PeerId To, byte[] Frame)> _toSend = new();
    private readonly Queue<SignalRouterEvent> _events = new();

    /// <summary>Makes a router.</summary>
    /// <param name="me">This node.</param>
    /// <param name="mine">The gate of this node's own signals, which it shares with the exchanges: a signal that comes over both counts once.</param>
    /// <param name="limits">The limits.</param>
    public SignalRouterEngine(PeerId me, SignalGate mine, RoutingLimits? limits = null)
    {
        _me = me;
        _mine = mine;
        _limits = limits ?? new RoutingLimits();
        _carried = new SignalGate(me: null, _limits.Gate);
    }

    /// <summary>Frames and events that were dropped because the owner did not take them or a peer sent too many.</summary>
    public long Dropped { get; private set; }

    /// <summary>Signals carried from one peer to another.</summary>
    public long Carried { get; private set; }

    /// <summary>The substream to a peer is open.</summary>
    public void PeerConnected(PeerId peer) => _neighbors[peer] = new Neighbor(_limits);

    /// <summary>The substream to a peer is gone.</summary>
    public void PeerDisconnected(PeerId peer) => _neighbors.Remove(peer);

    /// <summary>Sends a signal of this node through a connected peer (which may be its receiver).</summary>
    /// <returns>False where that peer is not connected or too much waits to be sent.</returns>
    public bool Send(PeerId via, SealedSignal signal) => TrySend(via, RoutingFrame.Signal(signal));

    /// <summary>Asks a connected peer to tell a peer of its own that this node would like to be called.</summary>
    /// <returns>False where that peer is not connected or too much waits to be sent.</returns>
    public bool Inform(PeerId via, PeerId target) => TrySend(via, RoutingFrame.Inform(target));

    /// <summary>Takes bytes of a peer's substream, split anyhow.</summary>
    public void HandleData(Instant now, long nowUnixMs, PeerId from, ReadOnlySpan<byte> data)
    {
        if (!_neighbors.TryGetValue(from, out var neighbor))
        {
            return;
        }

        bool isTooLarge;
        while (neighbor.Frames.TryRead(ref data, out var type, out var payload, out isTooLarge))
        {
            if (!HandleFrame(now, nowUnixMs, from, neighbor, type, payload))
            {
                Violate(from, $"A frame of type {type} is malformed.");
                return;
            }
        }

        if (isTooLarge)
        {
            Violate(from, $"A frame is longer than {RoutingLimits.MaximumPayloadBytes} bytes.");
        }
    }

    /// <summary>The next frame to write to a peer's substream; call until false.</summary>
    public bool TryPollTransmit(out PeerId to, out byte[] frame)
    {
        var any = _toSend.TryDequeue(out var next);
        (to, frame) = next;
        return any;
    }

    /// <summary>The next event; call until false.</summary>
    public bool TryPollEvent(out SignalRouterEvent e) => _events.TryDequeue(out e!);

    private bool HandleFrame(Instant now, long nowUnixMs, PeerId from, Neighbor neighbor, RoutingFrameType type, byte[] payload)
    {
        var isWithinRate = neighbor.Rate.TryTake(now);
        switch (type)
        {
            case RoutingFrameType.Signal:
                if (!SealedSignal.TryParseBinary(payload, out var signal, out _))
                {
                    return false;
                }

                HandleSignal(now, nowUnixMs, from, signal!, isWithinRate);
                return true;

            case RoutingFrameType.Undeliverable:
                if (!RoutingFrame.TryParseUndeliverable(payload, out var id, out var reason))
                {
                    return false;
                }

                RaiseWithin(isWithinRate, new SignalRouterEvent.Undeliverable(id, reason, from));
                return true;

            case RoutingFrameType.Inform:
                if (!RoutingFrame.TryParseKey(payload, out var target))
                {
                    return false;
                }

                HandleInform(from, target, isWithinRate);
                return true;

            case RoutingFrameType.Informed:
                if (!RoutingFrame.TryParseKey(payload, out var about))
                {
                    return false;
                }

                RaiseWithin(isWithinRate && about != _me && about != from, new SignalRouterEvent.Informed(about, from));
                return true;

            default:
                // A type of a later version.
                return true;
        }
    }

    private void HandleSignal(Instant now, long nowUnixMs, PeerId from, SealedSignal signal, bool isWithinRate)
    {
        if (!isWithinRate)
        {
            Refuse(from, signal.Id, UndeliverableReason.RateLimited);
        }
        else if (signal.To == _me)
        {
            if (_mine.Check(now, nowUnixMs, signal) == SignalVerdict.Accepted)
            {
                RaiseWithin(true, new SignalRouterEvent.SignalReceived(signal, from));
            }
        }
        else if (signal.From != from)
        {
            Refuse(from, signal.Id, UndeliverableReason.NotYours);
        }
        else if (!_neighbors.ContainsKey(signal.To))
        {
            // Before the gate, which would remember the signal: it may be sent again when its receiver is here.
            Refuse(from, signal.Id, UndeliverableReason.NotConnected);
        }
        else if (_toSend.Count >= _limits.MaximumQueuedFrames)
        {
            Refuse(from, signal.Id, UndeliverableReason.Overloaded);
        }
        else if (_carried.Check(now, nowUnixMs, signal) is var verdict && verdict != SignalVerdict.Accepted)
        {
            Refuse(from, signal.Id, ReasonOf(verdict));
        }
        else
        {
            Carried++;
            TrySend(signal.To, RoutingFrame.Signal(signal));
        }
    }

    private void HandleInform(PeerId from, PeerId target, bool isWithinRate)
    {
        // Nothing is answered where the target is not here: the one who asked learns it from the gossip.
        if (!isWithinRate || target == from || !TrySend(target, RoutingFrame.Informed(from)))
        {
            Dropped++;
        }
    }

    private void Refuse(PeerId peer, SignalId id, UndeliverableReason reason)
    {
        if (!TrySend(peer, RoutingFrame.Undeliverable(id, reason)))
        {
            Dropped++;
        }
    }

    private bool TrySend(PeerId to, byte[] frame)
    {
        if (!_neighbors.ContainsKey(to) || _toSend.Count >= _limits.MaximumQueuedFrames)
        {
            return false;
        }

        _toSend.Enqueue((to, frame));
        return true;
    }

    private void RaiseWithin(bool isAllowed, SignalRouterEvent e)
    {
        if (isAllowed && _events.Count < _limits.MaximumQueuedEvents)
        {
            _events.Enqueue(e);
        }
        else
        {
            Dropped++;
        }
    }

    private void Violate(PeerId peer, string reason)
    {
        _neighbors.Remove(peer);
        _events.Enqueue(new SignalRouterEvent.Violated(peer, reason));
    }

    private static UndeliverableReason ReasonOf(SignalVerdict verdict) => verdict switch
    {
        SignalVerdict.Expired or SignalVerdict.FromTheFuture or SignalVerdict.LifetimeTooLong => UndeliverableReason.BadTimes,
        SignalVerdict.BadSignature => UndeliverableReason.BadSignature,
        SignalVerdict.Replayed => UndeliverableReason.Replayed,
        SignalVerdict.TooManyFromSender => UndeliverableReason.RateLimited,
        SignalVerdict.ToItself => UndeliverableReason.NotYours,
        _ => UndeliverableReason.Overloaded,
    };

    private sealed class Neighbor(RoutingLimits limits)
    {
        public TokenBucket Rate = new(limits.FrameBurst, limits.FrameRatePerSecond);

        public RoutingFrameReader Frames { get; } = new();
    }
}
