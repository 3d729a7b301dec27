using KillaBeez.WebRtc.Mdns;

namespace KillaBeez.WebRtc.Ice;

/// <content>Remote candidates, from signalling and from checks, and the pairs made of them.</content>
internal sealed partial class IceAgent
{
    private bool IsUsable(IceCandidate candidate)
    {
        // Active ones connect to us, and simultaneous opening is not offered: only those that listen are checked.
        if (candidate.Component != 1 || (candidate.Transport == IceTransport.Tcp && !candidate.IsTcpPassive))
        {
            Statistics.IgnoredCandidates++;
            return false;
        }

        if (candidate.HostName is not null)
        {
            return IsUsableName(candidate);
        }

        if (!IsAllowedRemote(candidate.Address))
        {
            Statistics.ForbiddenCandidates++;
            return false;
        }

        return true;
    }

    private bool IsUsableName(IceCandidate candidate)
    {
        if (!candidate.IsMdns)
        {
            Statistics.IgnoredHostNameCandidates++;
            return false;
        }

        // A lookup would show this host to its neighbours, which relaying is to prevent.
        if (!MdnsName.IsResolvable(candidate.HostName) || candidate.Address.Port == 0 || _options.Policy == IcePolicy.Relay)
        {
            Statistics.IgnoredMdnsCandidates++;
            return false;
        }

        return true;
    }

    private bool IsAllowedRemote(TransportAddress address) =>
        IceAddressPolicy.IsAllowed(address, _options.AllowLoopback) && _options.RemoteFilter?.Invoke(address) != false;

    /// <summary>Keeps a candidate whose credentials are not known yet; one of an old generation will never be used.</summary>
    private void Hold(IceCandidate candidate)
    {
        if (candidate.Ufrag is { } ufrag && ufrag == _previous?.Remote?.Ufrag)
        {
            Statistics.IgnoredCandidates++;
        }
        else if (_current.HeldCandidates.Count >= IceLimits.MaxRemoteCandidates)
        {
            Statistics.LimitDrops++;
        }
        else
        {
            _current.HeldCandidates.Add(candidate);
        }
    }

    private void TakeHeldCandidates(Instant now)
    {
        foreach (var candidate in _current.HeldCandidates)
        {
            if (candidate.Ufrag is null || candidate.Ufrag == _current.Remote!.Ufrag)
            {
                AddUsableRemote(now, candidate);
            }
            else
            {
                Statistics.IgnoredCandidates++;
            }
        }

        _current.HeldCandidates.Clear();
    }

    private void AddUsableRemote(Instant now, IceCandidate candidate)
    {
        if (candidate.HostName is not null)
        {
            AddNamedRemote(now, candidate);
            return;
        }

        var signalled = 0;
        for (var i = 0; i < _current.RemoteCandidates.Count; i++)
        {
            var known = _current.RemoteCandidates[i];
            if (IceAddressPolicy.IsSameEndpoint(known.Address, candidate.Address))
            {
                if (known.Type == IceCandidateType.PeerReflexive)
                {
                    AdoptSignalled(i, candidate);
                }

                return;
            }

            signalled += known.Type == IceCandidateType.PeerReflexive ? 0 : 1;
        }

        if (signalled >= IceLimits.MaxRemoteCandidates)
        {
            Statistics.LimitDrops++;
            return;
        }

        _current.RemoteCandidates.Add(candidate);
        _current.LastCandidateAt = now;
        foreach (var local in _bases)
        {
            PairUp(local, candidate);
        }
    }

    /// <summary>
    /// A check had shown this address before signalling did: its pairs take over the signalled type and priority and
    /// keep their state and nomination (RFC 8838, section 11.4). Replacing them has cost others their connections.
    /// </summary>
    private void AdoptSignalled(int index, IceCandidate candidate)
    {
        var known = _current.RemoteCandidates[index];
        var adopted = candidate with { Address = known.Address };
        _current.RemoteCandidates[index] = adopted;
        foreach (var pair in _checks.Pairs)
        {
            if (ReferenceEquals(pair.Remote, known))
            {
                pair.Remote = adopted;
            }
        }

        _checks.Recompute(Role);
    }

    private void PairUp(IceCandidate local, IceCandidate remote)
    {
        // RFC 6544, section 6.2: a passive candidate is paired with nothing. The peer connects, and its check makes the pair.
        if (!IceAddressPolicy.CanPair(local.Base, remote.Address) || local.IsTcpPassive || (local.Base.IsTcp && !remote.IsTcpPassive))
        {
            return;
        }

        // A link-local address is reached through the interface of the base that is used.
        var scope = IceAddressPolicy.IsLinkLocalIPv6(remote.Address) ? local.Base.ScopeId : remote.Address.ScopeId;
        var path = new NetworkPath(local.Base, IceAddressPolicy.WithScope(remote.Address, scope));
        if (_checks.Find(path) is null)
        {
            AddPair(local, remote, path, isProven: false);
        }
    }

    private IceCandidatePair? AddPair(IceCandidate local, IceCandidate remote, NetworkPath path, bool isProven)
    {
        var pair = new IceCandidatePair(_current, local, remote, path);
        pair.ComputePriority(Role);
        if (_checks.TryAdd(pair, isProven, Selected, out var evicted))
        {
            if (evicted is not null)
            {
                RemovePair(evicted);
            }

            return pair;
        }

        Statistics.LimitDrops++;
        return null;
    }

    /// <summary>The pair of a path that an authenticated check came over; made now if nobody had signalled the address.</summary>
    private IceCandidatePair? GetOrLearnPair(IceCandidate local, NetworkPath path, uint priority)
    {
        if (_checks.Find(path) is { } known)
        {
            return known;
        }

        var remote = _current.RemoteCandidates.Find(candidate => IceAddressPolicy.IsSameEndpoint(candidate.Address, path.Remote));
        if (remote is null)
        {
            MakeRoomForPeerReflexive();
            remote = IceCandidate.PeerReflexive(path.Remote, priority);
            _current.RemoteCandidates.Add(remote);
            Statistics.PeerReflexiveCandidates++;
        }

        return AddPair(local, remote, path, isProven: true);
    }

    /// <summary>A NAT that changes its mapping for years must not grow our memory: the oldest address not in use goes.</summary>
    private void MakeRoomForPeerReflexive()
    {
        var count = 0;
        IceCandidate? oldest = null;
        foreach (var candidate in _current.RemoteCandidates)
        {
            if (candidate.Type == IceCandidateType.PeerReflexive)
            {
                count++;
                oldest ??= ReferenceEquals(candidate, Selected?.Remote) ? null : candidate;
            }
        }

        if (count < IceLimits.MaxPeerReflexiveCandidates || oldest is null)
        {
            return;
        }

        _current.RemoteCandidates.Remove(oldest);
        for (var i = _checks.Pairs.Count - 1; i >= 0; i--)
        {
            var pair = _checks.Pairs[i];
            if (ReferenceEquals(pair.Remote, oldest))
            {
                RemovePair(pair);
            }
        }
    }
}
