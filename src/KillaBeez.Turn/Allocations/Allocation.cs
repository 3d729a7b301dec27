using System.Diagnostics.CodeAnalysis;
using KillaBeez.Turn.Engine;
using KillaBeez.Turn.Peers;
using KillaBeez.Turn.Quotas;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Allocations;

/// <summary>
/// One relayed address of one client, with its permissions and channels. It is pending, and nothing is done with it,
/// until its socket is there:
/// <code>
/// Allocate -> pending -- socket bound --> ready -- Refresh 0, time over, stream closed --> gone
///                    `-- no socket ----> gone
/// </code>
/// </summary>
internal sealed class Allocation
{
    private readonly Dictionary<TransportAddress, Permission> _permissions = [];
    private readonly Dictionary<ushort, ChannelBinding> _channels = [];
    private readonly Dictionary<TransportAddress, ChannelBinding> _channelsByPeer = [];

    /// <summary>The 5-tuple that it belongs to.</summary>
    public required FiveTuple Tuple { get; init; }

    public required RelayId Relay { get; init; }

    public required bool IsIPv6 { get; init; }

    /// <summary>The USERNAME that it was made with: only this one may change it.</summary>
    public required byte[] Username { get; init; }

    /// <summary>The user's key.</summary>
    public required byte[] Key { get; init; }

    public required Account UserAccount { get; init; }

    public required Account SourceAccount { get; init; }

    /// <summary>The Allocate request: its retransmission gets the same answer.</summary>
    public required StunTransactionId TransactionId { get; init; }

    /// <summary>Whether the request asked for an IPv6 address besides the IPv4 one, which the answer must refuse.</summary>
    public bool WantedAdditionalFamily { get; init; }

    /// <summary>Whether the client's messages carry FINGERPRINT, so that answers do.</summary>
    public bool WantsFingerprint { get; init; }

    /// <summary>Where the relay socket is bound; null while the allocation is pending.</summary>
    public TransportAddress? Local { get; private set; }

    /// <summary>Where peers reach the client: <see cref="Local"/>, or what the outside knows it by.</summary>
    public TransportAddress Relayed { get; private set; }

    public Instant ExpiresAt { get; set; }

    /// <summary>When permissions and channels are next looked over.</summary>
    public Instant CleanUpAt { get; set; }

    public int PermissionCount => _permissions.Count;

    public int ChannelCount => _channels.Count;

    [MemberNotNullWhen(true, nameof(Local))]
    public bool IsReady => Local is not null;

    public void Open(TransportAddress local, TransportAddress relayed)
    {
        Local = local;
        Relayed = relayed;
    }

    /// <param name="peer">With or without port.</param>
    /// <param name="permission">Possibly one that is not alive any more.</param>
    public bool TryGetPermission(TransportAddress peer, [NotNullWhen(true)] out Permission? permission) =>
        _permissions.TryGetValue(OwnAddresses.WithoutPort(peer), out permission);

    public Permission AddPermission(Permission permission)
    {
        _permissions.Add(permission.Peer, permission);
        UserAccount.AddPeers(1);
        SourceAccount.AddPeers(1);
        return permission;
    }

    public bool TryGetChannel(ChannelNumber number, [NotNullWhen(true)] out ChannelBinding? channel) =>
        _channels.TryGetValue(number.Value, out channel);

    public bool TryGetChannel(TransportAddress peer, [NotNullWhen(true)] out ChannelBinding? channel) =>
        _channelsByPeer.TryGetValue(peer, out channel);

    public ChannelBinding AddChannel(ChannelBinding channel)
    {
        _channels.Add(channel.Number.Value, channel);
        _channelsByPeer.Add(channel.Peer, channel);
        channel.Permission.Channels++;
        return channel;
    }

    /// <summary>Frees what has expired.</summary>
    public void CleanUp(Instant now)
    {
        foreach (var channel in _channels.Values)
        {
            if (!channel.IsAlive(now))
            {
                RemoveChannel(channel);
            }
        }

        foreach (var permission in _permissions.Values)
        {
            if (!permission.IsAlive(now) && permission.Channels == 0)
            {
                _permissions.Remove(permission.Peer);
                UserAccount.RemovePeers(1);
                SourceAccount.RemovePeers(1);
            }
        }
    }

    public void RemoveChannel(ChannelBinding channel)
    {
        _channels.Remove(channel.Number.Value);
        _channelsByPeer.Remove(channel.Peer);
        channel.Permission.Channels--;
    }

    /// <summary>Gives back to the accounts what the allocation holds.</summary>
    public void Release()
    {
        UserAccount.RemovePeers(_permissions.Count);
        SourceAccount.RemovePeers(_permissions.Count);
        UserAccount.RemoveAllocation();
        SourceAccount.RemoveAllocation();
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(Key);
    }
}
