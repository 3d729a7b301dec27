using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <content>The data path: payloads to peers and from them.</content>
internal sealed partial class TurnClient
{
    /// <summary>
    /// Wraps a payload for a peer into a message for the server: ChannelData where the peer has a channel, else a Send
    /// indication. False where nothing is to be sent now: the permission is asked for first and the payload is held (a
    /// few of them) and comes out of <see cref="TryPollTransmit"/>; or it is dropped, because there is no allocation,
    /// the server refuses the peer, or the peer is of another address family.
    /// </summary>
    /// <param name="now">The clock.</param>
    /// <param name="peer">The peer's UDP address.</param>
    /// <param name="payload">At most <see cref="TurnClientLimits.MaxPayloadBytes"/>; more is dropped.</param>
    /// <param name="destination">At least <see cref="TurnClientLimits.MaxOverheadBytes"/> longer than the payload.</param>
    /// <param name="written">The message's bytes.</param>
    public bool TryWrap(Instant now, TransportAddress peer, ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        written = 0;
        if (State != TurnClientState.Allocated
            || peer.IsTcp
            || peer.IsIPv6 != RelayedAddress!.Value.IsIPv6
            || payload.Length > TurnClientLimits.MaxPayloadBytes)
        {
            return false;
        }

        // A relay knows nothing of our interfaces.
        peer = peer.ScopeId == 0 ? peer : peer.WithScope(0);
        if (!_peers.TryGet(peer, out var known) || known.Permission.IsRemoved)
        {
            known = AddPeer(now, peer, known, out var permission);
            if (permission is null)
            {
                return false;
            }

            return known is not null
                ? TryWrapKnown(now, known, payload, destination, out written)
                : TryWrapUnknown(now, peer, permission, payload, destination, out written);
        }

        return TryWrapKnown(now, known, payload, destination, out written);
    }

    /// <summary>
    /// Takes a message of the server: a datagram, or one frame of the stream. The owner has made sure that it came from
    /// the server's address or stream.
    /// </summary>
    /// <param name="now">The clock.</param>
    /// <param name="message">The message.</param>
    /// <param name="peer">Who sent the payload; means nothing where the result is false.</param>
    /// <param name="payload">A slice of the message; means nothing where the result is false.</param>
    /// <returns>Whether it carries data of a peer that has a permission of ours.</returns>
    public bool HandleMessage(Instant now, ReadOnlySpan<byte> message, out TransportAddress peer, out ReadOnlySpan<byte> payload)
    {
        peer = default;
        payload = default;
        switch (StunDemux.Classify(message))
        {
            case DatagramKind.TurnChannelData:
                return ChannelData.TryParse(message, out var channel, out payload, out _) && TryTakeChannelData(now, channel, out peer);
            case DatagramKind.Stun when StunMessage.TryParse(message, out var stun, out _)
                // RFC 8489, sections 6.3.2 and 6.3.3: what must be understood and is not makes the message void.
                && stun.CollectUnknownRequired(stackalloc ushort[1]) == 0:
                if (stun.Type == StunMessageType.DataIndication)
                {
                    return XorPeerAddressAttribute.TryRead(stun, out peer)
                        && DataAttribute.TryRead(stun, out payload)
                        && TryTakeIndication(now, peer);
                }

                HandleAnswer(now, stun);
                return false;
            default:
                return false;
        }
    }

    private TurnPeer? AddPeer(Instant now, TransportAddress address, TurnPeer? known, out TurnPermission? permission)
    {
        permission = _permissions.GetOrAdd(now, TurnAddresses.WithoutPort(address));
        if (permission is null)
        {
            return null;
        }

        if (known is null)
        {
            return _peers.TryAdd(now, address, permission);
        }

        known.Permission = permission;
        return known;
    }

    private bool TryWrapKnown(Instant now, TurnPeer peer, ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        peer.LastUsedAt = now;
        if (!TryUsePermission(now, peer.Permission, peer.Address, payload))
        {
            written = 0;
            return false;
        }

        if (peer.WantsChannel(now))
        {
            _peers.AskForChannel(peer);
        }

        written = peer.IsBound(now)
            ? ChannelData.Write(destination, peer.Channel!.Value, payload, padded: _options.Server.IsTcp)
            : WriteSendIndication(destination, peer.Address, payload);
        NoteSent(now);
        return true;
    }

    private bool TryWrapUnknown(
        Instant now, TransportAddress peer, TurnPermission permission, ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        written = 0;
        if (!TryUsePermission(now, permission, peer, payload))
        {
            return false;
        }

        written = WriteSendIndication(destination, peer, payload);
        NoteSent(now);
        return true;
    }

    private bool TryUsePermission(Instant now, TurnPermission permission, TransportAddress peer, ReadOnlySpan<byte> payload)
    {
        permission.LastUsedAt = now;
        if (!permission.IsGranted(now))
        {
            if (!permission.IsRefused(now))
            {
                _permissions.Ask(now, permission);
                _permissions.Hold(permission, peer, payload);
            }

            return false;
        }

        // It had fallen idle when its refresh was due and is in use again.
        if (now >= permission.RefreshAt)
        {
            _permissions.Ask(now, permission);
        }

        return true;
    }

    private bool TryTakeChannelData(Instant now, ChannelNumber channel, out TransportAddress address)
    {
        address = default;

        // RFC 8656, section 12.6: data on a channel that the client has not bound is discarded. The server binds it
        // before its answer has reached us.
        if (!_peers.TryGet(channel, out var peer) || (!peer.IsBound(now) && !peer.IsChannelAsked) || !MayReceive(now, peer))
        {
            return false;
        }

        address = peer.Address;
        return true;
    }

    private bool TryTakeIndication(Instant now, TransportAddress peer)
    {
        if (State != TurnClientState.Allocated)
        {
            return false;
        }

        if (_peers.TryGet(peer, out var known))
        {
            var isPermitted = MayReceive(now, known);
            known.HasAnswered |= isPermitted;
            return isPermitted;
        }

        // RFC 8656, section 11.4: the client checks that it has a permission. Another port of the same address is covered.
        return _permissions.TryGet(TurnAddresses.WithoutPort(peer), out var permission) && MayReceive(now, permission);
    }

    private bool MayReceive(Instant now, TurnPeer peer)
    {
        // The permission may have lapsed and come back for the sake of another port of the same address.
        if (peer.Permission.IsRemoved && _permissions.TryGet(TurnAddresses.WithoutPort(peer.Address), out var permission))
        {
            peer.Permission = permission;
        }

        return MayReceive(now, peer.Permission);
    }

    /// <summary>The server grants before its answer has reached us, so one that is asked for is enough.</summary>
    private static bool MayReceive(Instant now, TurnPermission permission) =>
        !permission.IsRemoved && (permission.IsGranted(now) || permission.IsAsked);
}
