using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <content>What goes to the server: requests, payloads that had to wait, keepalives.</content>
internal sealed partial class TurnClient
{
    /// <summary>
    /// Writes the next message for the server: a datagram, or a frame of the stream with its padding. Call until false.
    /// </summary>
    /// <param name="now">The clock.</param>
    /// <param name="destination">At least <see cref="TurnClientLimits.MinTransmitBytes"/>.</param>
    /// <param name="written">The message's bytes.</param>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, TurnClientLimits.MinTransmitBytes, nameof(destination));
        MakePermissionRequests();
        MakeChannelRequests();
        if (!TryWriteRequest(now, destination, out written)
            && !TryWriteReleased(destination, out written)
            && !TryWriteKeepalive(destination, out written))
        {
            return false;
        }

        NoteSent(now);
        return true;
    }

    private void NoteSent(Instant now)
    {
        _hasSent = true;
        _isKeepaliveDue = false;
        if (State == TurnClientState.Allocated)
        {
            _timers.Set(TurnClientTimer.Keepalive, now.AddMs(TurnClientLimits.KeepaliveIntervalMs));
        }
    }

    private void Ask(TurnRequestKind kind) => _transactions.Add(NewTransaction(kind));

    private void AskRefresh()
    {
        if (CountRequests(TurnRequestKind.Refresh) == 0)
        {
            Ask(TurnRequestKind.Refresh);
        }
    }

    private TurnTransaction NewTransaction(TurnRequestKind kind, IReadOnlyList<TurnPermission>? permissions = null, TurnPeer? peer = null) =>
        new(kind, StunTransactionId.NewRandom(_random), NewSchedule(kind)) { Permissions = permissions ?? [], Peer = peer };

    private StunRequestSchedule NewSchedule(TurnRequestKind kind) =>
        _options.Server.IsTcp
            ? StunRequestSchedule.OverStream()
            : StunRequestSchedule.OverDatagrams(kind == TurnRequestKind.Release ? TurnClientLimits.MaxReleaseSends : TurnClientLimits.MaxSends);

    private int CountRequests(TurnRequestKind kind)
    {
        var count = 0;
        foreach (var transaction in _transactions)
        {
            count += transaction.Kind == kind ? 1 : 0;
        }

        return count;
    }

    private void MakePermissionRequests()
    {
        while (_permissions.HasToAsk && CountRequests(TurnRequestKind.CreatePermission) < TurnClientLimits.MaxPermissionRequests)
        {
            _transactions.Add(NewTransaction(TurnRequestKind.CreatePermission, _permissions.TakeToAsk()));
        }
    }

    private void MakeChannelRequests()
    {
        while (CountRequests(TurnRequestKind.ChannelBind) < TurnClientLimits.MaxChannelRequests && _peers.TryTakeToAsk(out var peer))
        {
            _transactions.Add(NewTransaction(TurnRequestKind.ChannelBind, peer: peer));
        }
    }

    private bool TryWriteRequest(Instant now, Span<byte> destination, out int written)
    {
        written = 0;
        foreach (var transaction in _transactions)
        {
            if (transaction.Schedule.IsDue)
            {
                written = WriteRequest(destination, transaction);
                transaction.Schedule.OnSent(now);
                return true;
            }
        }

        return false;
    }

    private int WriteRequest(Span<byte> destination, TurnTransaction transaction)
    {
        var type = transaction.Kind switch
        {
            TurnRequestKind.Allocate => StunMessageType.AllocateRequest,
            TurnRequestKind.CreatePermission => StunMessageType.CreatePermissionRequest,
            TurnRequestKind.ChannelBind => StunMessageType.ChannelBindRequest,
            _ => StunMessageType.RefreshRequest,
        };
        var writer = new StunWriter(destination, type, transaction.Id);
        switch (transaction.Kind)
        {
            case TurnRequestKind.Allocate:
                RequestedTransportAttribute.Write(ref writer, RequestedTransportAttribute.Udp);

                // RFC 8656, section 7.1: without the attribute the server gives an IPv4 address, also servers of RFC 5766.
                if (_options.RequestIPv6)
                {
                    RequestedAddressFamilyAttribute.Write(ref writer, TurnAddressFamily.IPv6);
                }

                break;
            case TurnRequestKind.Release:
                LifetimeAttribute.Write(ref writer, 0);
                break;
            case TurnRequestKind.CreatePermission:
                foreach (var permission in transaction.Permissions)
                {
                    XorPeerAddressAttribute.Write(ref writer, permission.Address);
                }

                break;
            case TurnRequestKind.ChannelBind:
                ChannelNumberAttribute.Write(ref writer, transaction.Peer!.Channel!.Value);
                XorPeerAddressAttribute.Write(ref writer, transaction.Peer.Address);
                break;
        }

        transaction.HasCredentials = _authentication.IsChallenged;
        _authentication.Seal(ref writer);
        return writer.Length;
    }

    private bool TryWriteReleased(Span<byte> destination, out int written)
    {
        if (!_permissions.TryTakeReleased(out var held))
        {
            written = 0;
            return false;
        }

        written = WriteSendIndication(destination, held.Peer, held.Bytes.Span);
        held.Bytes.Dispose();
        return true;
    }

    /// <summary>A binding indication: the server takes it and does not answer, and every NAT on the way sees traffic.</summary>
    private bool TryWriteKeepalive(Span<byte> destination, out int written)
    {
        written = _isKeepaliveDue
            ? new StunWriter(destination, StunMessageType.BindingIndication, StunTransactionId.NewRandom(_random)).Length
            : 0;
        return _isKeepaliveDue;
    }

    private int WriteSendIndication(Span<byte> destination, TransportAddress peer, ReadOnlySpan<byte> payload)
    {
        var writer = new StunWriter(destination, StunMessageType.SendIndication, StunTransactionId.NewRandom(_random));
        XorPeerAddressAttribute.Write(ref writer, peer);
        DataAttribute.Write(ref writer, payload);
        return writer.Length;
    }
}
