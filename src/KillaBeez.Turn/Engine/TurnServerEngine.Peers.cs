using KillaBeez.Turn.Allocations;
using KillaBeez.Turn.Peers;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Engine;

/// <summary>Who may be reached: CreatePermission and ChannelBind (RFC 8656, sections 10.2 and 12.2).</summary>
internal sealed partial class TurnServerEngine
{
    private void HandleCreatePermission(in TurnRequest request, Allocation allocation)
    {
        Span<TransportAddress> peers = stackalloc TransportAddress[TurnServerLimits.MaxPeersPerRequest];
        var count = XorPeerAddressAttribute.ReadAll(request.Message, peers);
        var error = count <= 0 ? StunErrorCode.BadRequest : CheckPeers(request.Now, allocation, peers[..count]);
        if (error != default)
        {
            RespondError(request, error);
            return;
        }

        foreach (var peer in peers[..count])
        {
            Permit(request.Now, allocation, peer);
        }

        RespondSuccess(request);
    }

    private void HandleChannelBind(in TurnRequest request, Allocation allocation)
    {
        // RFC 8656, section 12.2: a number in the range, free or bound to this peer, and the peer with no other number.
        if (!ChannelNumberAttribute.TryRead(request.Message, out var number)
            || !number.IsValid
            || !XorPeerAddressAttribute.TryRead(request.Message, out var peer)
            || peer.Port == 0)
        {
            RespondError(request, StunErrorCode.BadRequest);
            return;
        }

        var byNumber = FindAlive(request.Now, allocation, allocation.TryGetChannel(number, out var found) ? found : null);
        var byPeer = FindAlive(request.Now, allocation, allocation.TryGetChannel(peer, out found) ? found : null);
        var error = byNumber != byPeer ? StunErrorCode.BadRequest
            : byNumber is null && allocation.ChannelCount >= TurnServerLimits.MaxChannelsPerAllocation ? StunErrorCode.InsufficientCapacity
            : CheckPeers(request.Now, allocation, [peer]);
        if (error != default)
        {
            RespondError(request, error);
            return;
        }

        var permission = Permit(request.Now, allocation, peer);
        var channel = byNumber ?? allocation.AddChannel(new ChannelBinding(number, peer, permission));
        channel.ExpiresAt = request.Now.AddMs(TurnServerLimits.ChannelLifetimeMs);
        RespondSuccess(request);
    }

    private static ChannelBinding? FindAlive(Instant now, Allocation allocation, ChannelBinding? channel)
    {
        if (channel is not null && !channel.IsAlive(now))
        {
            allocation.RemoveChannel(channel);
            return null;
        }

        return channel;
    }

    /// <summary>
    /// Whether permissions may be installed for all of these peers; for none of them otherwise (RFC 8656, section 10.2).
    /// </summary>
    private StunErrorCode CheckPeers(Instant now, Allocation allocation, ReadOnlySpan<TransportAddress> peers)
    {
        var added = 0;
        foreach (var peer in peers)
        {
            if (peer.IsIPv6 != allocation.IsIPv6)
            {
                return StunErrorCode.PeerAddressFamilyMismatch;
            }

            if (!MayPermit(peer))
            {
                Counts.PeersForbidden++;
                return StunErrorCode.Forbidden;
            }

            added += allocation.TryGetPermission(peer, out _) ? 0 : 1;
        }

        if (added > 0)
        {
            allocation.CleanUp(now);
        }

        return allocation.PermissionCount + added <= TurnServerLimits.MaxPermissionsPerAllocation
            && allocation.UserAccount.HasRoomForPeers(added)
            && allocation.SourceAccount.HasRoomForPeers(added)
                ? default
                : StunErrorCode.InsufficientCapacity;
    }

    /// <summary>
    /// A permission is for an address whatever the port. Where relayed addresses are, ports are looked at when data
    /// comes: see <see cref="MayReach"/>.
    /// </summary>
    private bool MayPermit(TransportAddress peer) => _own.IsRelay(peer)
        || (_policy.IsAllowed(peer) && (!_own.IsOwn(peer) || _policy.IsAllowedOnPurpose(peer)));

    /// <summary>Whether data may go to a port of a permitted address: of our own addresses, only to relayed ports.</summary>
    private bool MayReach(Permission permission, TransportAddress peer) =>
        !permission.IsOwn
        || _byRelayed.ContainsKey(peer)
        || (_policy.IsAllowedOnPurpose(peer) && _policy.IsAllowed(peer) && !_own.IsListening(peer));

    private Permission Permit(Instant now, Allocation allocation, TransportAddress peer)
    {
        if (!allocation.TryGetPermission(peer, out var permission))
        {
            var address = OwnAddresses.WithoutPort(peer);
            permission = allocation.AddPermission(new Permission(address, _own.IsOwn(address)));
        }

        permission.ExpiresAt = now.AddMs(TurnServerLimits.PermissionLifetimeMs);
        return permission;
    }
}
