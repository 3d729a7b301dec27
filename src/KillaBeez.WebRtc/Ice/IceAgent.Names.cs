namespace KillaBeez.WebRtc.Ice;

/// <content>
/// Remote candidates behind names: browsers hide host addresses as "uuid.local" in multicast DNS. The owner looks them
/// up; the connection does not depend on it, since the peer's own checks show its address as well.
/// </content>
internal sealed partial class IceAgent
{
    /// <summary>Takes the result of an <see cref="IceEventKind.NameToResolve"/>. A name of a generation that is over means nothing.</summary>
    /// <param name="now">The time.</param>
    /// <param name="name">As the event named it.</param>
    /// <param name="address">What it stands for, whatever the port; null where nobody has answered.</param>
    public void NameResolved(Instant now, string name, TransportAddress? address)
    {
        if (State is IceState.Closed or IceState.Failed || _current.Names.Find(known => known.Is(name)) is not { IsDone: false } entry)
        {
            return;
        }

        entry.IsDone = true;
        entry.Address = address;
        if (address is null)
        {
            Statistics.UnresolvedNames++;
        }
        else
        {
            foreach (var candidate in _current.NamedCandidates)
            {
                if (entry.Is(candidate.HostName!))
                {
                    AddResolved(now, candidate, address.Value);
                }
            }
        }

        EvaluateNomination(now);
        CheckForFailure(now);
    }

    private void AddNamedRemote(Instant now, IceCandidate candidate)
    {
        if (_current.NamedCandidates.Exists(known => known.Address == candidate.Address && known.HostName == candidate.HostName))
        {
            return;
        }

        var entry = _current.Names.Find(known => known.Is(candidate.HostName!));
        if (_current.NamedCandidates.Count >= IceLimits.MaxRemoteCandidates || (entry is null && _current.Names.Count >= IceLimits.MaxNames))
        {
            Statistics.LimitDrops++;
            return;
        }

        _current.NamedCandidates.Add(candidate);
        _current.LastCandidateAt = now;
        if (entry is null)
        {
            entry = new IceName(candidate.HostName!, now);
            _current.Names.Add(entry);
            _events.Enqueue(new IceEvent(IceEventKind.NameToResolve, State, null, candidate, entry.Name));
        }
        else if (entry.Address is { } address)
        {
            AddResolved(now, candidate, address);
        }
    }

    private void AddResolved(Instant now, IceCandidate candidate, TransportAddress address)
    {
        var endpoint = address.WithPort(candidate.Address.Port);
        var resolved = candidate with
        {
            HostName = null,
            Address = candidate.Transport == IceTransport.Tcp ? endpoint.AsTcp() : endpoint.AsUdp(),
        };
        if (IsUsable(resolved))
        {
            AddUsableRemote(now, resolved);
        }
    }

    /// <summary>Until when a name may still turn into a candidate; <see cref="Instant.Zero"/>: there is none.</summary>
    private Instant LastNameDeadline()
    {
        var last = Instant.Zero;
        foreach (var name in _current.Names)
        {
            last = name.IsDone ? last : Instant.Max(last, name.AskedAt + _options.NameTimeout);
        }

        return last;
    }
}
