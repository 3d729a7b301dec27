namespace KillaBeez.WebRtc.Turn;

/// <summary>The peers of one allocation by address and by channel, and those whose channel is to be asked for.</summary>
internal sealed class TurnPeerTable
{
    private readonly Dictionary<TransportAddress, TurnPeer> _byAddress = [];
    private readonly Dictionary<ushort, TurnPeer> _byChannel = [];
    private readonly Queue<TurnPeer> _toAsk = new();
    private ushort _nextNumber = ChannelNumber.First;

    /// <summary>When <see cref="Maintain"/> is to be called.</summary>
    public Instant NextMaintenance { get; private set; } = Instant.Never;

    public int Count => _byAddress.Count;

    public int ChannelCount => _byChannel.Count;

    public bool TryGet(TransportAddress address, out TurnPeer peer) => _byAddress.TryGetValue(address, out peer!);

    /// <summary>Whose channel this is: also while the request for it is under way, and while the number is in quarantine.</summary>
    public bool TryGet(ChannelNumber channel, out TurnPeer peer) => _byChannel.TryGetValue(channel.Value, out peer!);

    /// <summary>A new peer; null where there is no room, and the peer has to do without a channel.</summary>
    public TurnPeer? TryAdd(Instant now, TransportAddress address, TurnPermission permission)
    {
        if (_byAddress.Count >= TurnClientLimits.MaxPeers && !TryMakeRoom())
        {
            return null;
        }

        var peer = new TurnPeer(address, permission) { LastUsedAt = now };
        _byAddress.Add(address, peer);
        NextMaintenance = Instant.Min(NextMaintenance, now.AddMs(TurnClientLimits.PeerIdleMs));
        return peer;
    }

    /// <summary>Puts the peer's channel into a request, with the number it has or a new one; nothing where all are taken.</summary>
    public void AskForChannel(TurnPeer peer)
    {
        if (peer.Channel is null)
        {
            if (!TryTakeNumber(out var number))
            {
                return;
            }

            peer.Channel = number;
            _byChannel.Add(number.Value, peer);
        }

        peer.IsChannelAsked = true;
        _toAsk.Enqueue(peer);
    }

    public bool TryTakeToAsk(out TurnPeer peer) => _toAsk.TryDequeue(out peer!);

    public void Bind(Instant now, TurnPeer peer)
    {
        peer.Bind(now);
        NextMaintenance = Instant.Min(NextMaintenance, peer.RebindAt);
    }

    public void RefuseChannel(Instant now, TurnPeer peer)
    {
        peer.RefuseChannel(now);
        NextMaintenance = Instant.Min(NextMaintenance, peer.NumberFreeAt);
    }

    /// <summary>Asks for the channels in use again, gives numbers back after their quarantine, forgets idle peers.</summary>
    public void Maintain(Instant now)
    {
        NextMaintenance = Instant.Never;
        foreach (var peer in _byAddress.Values)
        {
            var isIdle = peer.IsIdle(now);
            if (peer.Channel is not null && !peer.IsChannelAsked)
            {
                if (now >= peer.NumberFreeAt)
                {
                    _byChannel.Remove(peer.Channel.Value.Value);
                    peer.Channel = null;
                }
                else if (!isIdle && peer.WantsChannel(now))
                {
                    AskForChannel(peer);
                }
            }

            if (isIdle && peer.Channel is null)
            {
                _byAddress.Remove(peer.Address);
                continue;
            }

            if (!peer.IsChannelAsked)
            {
                NextMaintenance = Instant.Min(NextMaintenance, NextOf(peer, now, isIdle));
            }
        }
    }

    public void Clear()
    {
        _byAddress.Clear();
        _byChannel.Clear();
        _toAsk.Clear();
        NextMaintenance = Instant.Never;
    }

    private static Instant NextOf(TurnPeer peer, Instant now, bool isIdle)
    {
        if (isIdle)
        {
            return peer.NumberFreeAt;
        }

        var idleAt = peer.LastUsedAt.AddMs(TurnClientLimits.PeerIdleMs);
        var next = peer.Channel is null ? idleAt : Instant.Min(idleAt, peer.NumberFreeAt);
        return peer.Channel is not null && peer.RebindAt > now ? Instant.Min(next, peer.RebindAt) : next;
    }

    private bool TryTakeNumber(out ChannelNumber number)
    {
        number = default;
        if (_byChannel.Count >= TurnClientLimits.MaxChannels)
        {
            return false;
        }

        // There are more numbers than channels, so this ends.
        while (_byChannel.ContainsKey(_nextNumber))
        {
            MoveToNextNumber();
        }

        number = new ChannelNumber(_nextNumber);
        MoveToNextNumber();
        return true;
    }

    private void MoveToNextNumber() =>
        _nextNumber = _nextNumber == ChannelNumber.Last ? ChannelNumber.First : (ushort)(_nextNumber + 1);

    private bool TryMakeRoom()
    {
        TurnPeer? oldest = null;
        foreach (var peer in _byAddress.Values)
        {
            if (peer.Channel is null && (oldest is null || peer.LastUsedAt < oldest.LastUsedAt))
            {
                oldest = peer;
            }
        }

        return oldest is not null && _byAddress.Remove(oldest.Address);
    }
}
