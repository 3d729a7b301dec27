using KillaBeez.Turn.Allocations;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Engine;

/// <summary>Data between clients and peers (RFC 8656, sections 11 and 12): the path on which nothing is allocated.</summary>
internal sealed partial class TurnServerEngine
{
    /// <summary>A datagram has come to a relay socket.</summary>
    /// <param name="now">The present.</param>
    /// <param name="relay">Whose socket.</param>
    /// <param name="from">Who sent it.</param>
    /// <param name="payload">What came; may be empty.</param>
    /// <param name="destination">At least <see cref="TurnServerLimits.MaxMessageBytes"/>: the message to the client is written here.</param>
    /// <param name="client">Where it goes.</param>
    /// <param name="written">Its length.</param>
    /// <returns>Whether something goes to the client.</returns>
    public bool HandlePeerDatagram(
        Instant now, RelayId relay, TransportAddress from, ReadOnlySpan<byte> payload, Span<byte> destination, out FiveTuple client, out int written)
    {
        client = default;
        written = 0;
        if (!_byRelay.TryGetValue(relay, out var allocation) || !allocation.IsReady || now >= allocation.ExpiresAt)
        {
            return false;
        }

        // Two clients of this server reach each other by their relayed addresses, the outside's form of what we see.
        var peer = _byLocal.TryGetValue(from, out var neighbour) ? neighbour.Relayed : from.WithScope(0);
        var channel = allocation.TryGetChannel(peer, out var bound) && bound.IsAlive(now) ? bound : null;
        var permission = channel?.Permission ?? (allocation.TryGetPermission(peer, out var found) ? found : null);
        if (permission is null || !permission.IsAlive(now))
        {
            Counts.DroppedWithoutPermission++;
            return false;
        }

        if (!TryChargePayload(now, allocation, payload.Length))
        {
            return false;
        }

        client = allocation.Tuple;
        written = channel is not null
            ? ChannelData.Write(destination, channel.Number, payload, client.IsStream)
            : WriteDataIndication(destination, peer, payload);
        Counts.DatagramsToClients++;
        Counts.BytesToClients += payload.Length;
        return true;
    }

    private bool TryRelayChannelData(Instant now, FiveTuple tuple, ChannelNumber number, ReadOnlySpan<byte> payload, out RelayedDatagram relayed)
    {
        relayed = default;
        if (!TryGetReady(now, tuple, out var allocation) || !allocation.TryGetChannel(number, out var channel) || !channel.IsAlive(now))
        {
            Counts.DroppedWithoutPermission++;
            return false;
        }

        return TryRelay(now, allocation, channel.Permission, channel.Peer, payload, out relayed);
    }

    private bool TryRelaySend(Instant now, FiveTuple tuple, scoped in StunMessage message, out RelayedDatagram relayed)
    {
        relayed = default;
        Span<ushort> unknown = stackalloc ushort[1];
        if (!XorPeerAddressAttribute.TryRead(message, out var peer)
            || !DataAttribute.TryRead(message, out var payload)
            || message.CollectUnknownRequired(unknown) > 0)
        {
            Counts.DroppedMalformed++;
            return false;
        }

        if (!TryGetReady(now, tuple, out var allocation) || !allocation.TryGetPermission(peer, out var permission))
        {
            Counts.DroppedWithoutPermission++;
            return false;
        }

        return TryRelay(now, allocation, permission, peer, payload, out relayed);
    }

    private bool TryRelay(
        Instant now, Allocation allocation, Permission permission, TransportAddress peer, ReadOnlySpan<byte> payload, out RelayedDatagram relayed)
    {
        relayed = default;
        if (!permission.IsAlive(now) || peer.Port == 0 || !MayReach(permission, peer))
        {
            Counts.DroppedWithoutPermission++;
            return false;
        }

        if (!TryChargePayload(now, allocation, payload.Length))
        {
            return false;
        }

        // A neighbour's socket is on this machine: behind a 1:1 NAT its relayed address need not lead back to it.
        var to = permission.IsOwn && _byRelayed.TryGetValue(peer, out var neighbour) ? neighbour.Local!.Value : peer;
        relayed = new RelayedDatagram(allocation.Relay, to, payload);
        Counts.DatagramsToPeers++;
        Counts.BytesToPeers += payload.Length;
        return true;
    }

    private bool TryChargePayload(Instant now, Allocation allocation, int bytes)
    {
        if (bytes > TurnServerLimits.MaxPayloadBytes)
        {
            Counts.DroppedMalformed++;
            return false;
        }

        if (!allocation.UserAccount.TryCharge(now, bytes) || !allocation.SourceAccount.TryCharge(now, bytes))
        {
            Counts.DroppedOverQuota++;
            return false;
        }

        return true;
    }

    private int WriteDataIndication(Span<byte> destination, TransportAddress peer, ReadOnlySpan<byte> payload)
    {
        // Nobody answers an indication, so its transaction id need not be a secret, only another one each time.
        _indication = new StunTransactionId(_indication.High, _indication.Low + 1);
        var writer = new StunWriter(destination, StunMessageType.DataIndication, _indication);
        XorPeerAddressAttribute.Write(ref writer, peer);
        DataAttribute.Write(ref writer, payload);
        return writer.Length;
    }
}
