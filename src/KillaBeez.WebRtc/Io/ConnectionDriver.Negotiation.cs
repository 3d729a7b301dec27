using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Io;

/// <content>What descriptions need of the sockets.</content>
internal sealed partial class ConnectionDriver
{
    /// <summary>Runs a command of the application and makes its effects visible.</summary>
    public void Run(Instant now, Action<Instant> command)
    {
        if (IsFinished)
        {
            return;
        }

        try
        {
            command(now);
        }
        finally
        {
            _maxSendMessageBytes = _engine.MaxSendMessageBytes;
            _owner.Publish(_engine);
            if (LocalUfrag != _engine.LocalUfrag)
            {
                // An ICE restart: checks for the old name are only those of the path that is in use, which is routed.
                var old = LocalUfrag;
                LocalUfrag = _engine.LocalUfrag;
                _loop.Rename(this, old);
            }

            _loop.Touch(this);
        }
    }

    /// <summary>Takes sockets unless there are some; completes when all their addresses are known.</summary>
    public Task GatheredAsync(Instant now)
    {
        if (SocketSet is null)
        {
            UseSockets(now, _loop.Sockets.AcquireForOffer(this));
        }

        return SocketSet!.Gathered;
    }

    public SessionDescription CreateOffer(Instant now)
    {
        _ = GatheredAsync(now);
        return _engine.CreateOffer(now);
    }

    /// <summary>A new address of the sockets that this connection uses.</summary>
    public void AddLocalCandidate(Instant now, IceCandidate candidate) => RunGuarded(now, at => _engine.AddLocalCandidate(at, candidate));

    /// <summary>One of the sockets is gone.</summary>
    public void RemoveLocalBase(Instant now, TransportAddress address)
    {
        _lastSocket = null;
        foreach (var path in _claimed.Where(path => path.Local == address).ToArray())
        {
            _claimed.Remove(path);
            _loop.ReleasePath(path, this);
        }

        RunGuarded(now, at => _engine.RemoveLocalBase(at, address));
    }

    /// <summary>Every address of the sockets is known.</summary>
    public void EndLocalCandidates(Instant now) => RunGuarded(now, _ => _engine.EndLocalCandidates());

    /// <summary>Nothing can be sent on this path.</summary>
    public void FailPath(Instant now, NetworkPath path) => RunGuarded(now, at => _engine.FailPath(at, path));

    /// <summary>What a name in a candidate stands for; null where it could not be found out.</summary>
    public void NameResolved(Instant now, string name, TransportAddress? address) =>
        RunGuarded(now, at => _engine.NameResolved(at, name, address));

    /// <summary>For what the sockets report: a failure in here is this connection's, never the thread's.</summary>
    private void RunGuarded(Instant now, Action<Instant> command) => Guard(now, () => Run(now, command));

    public bool TrySetRemoteDescription(Instant now, SessionDescription description, out string error)
    {
        if (!_engine.TrySetRemoteDescription(now, description, out error))
        {
            return false;
        }

        if (SocketSet is null && description.Type == SdpType.Offer)
        {
            UseSockets(now, _loop.Sockets.AcquireForAnswer(now, this, _engine.RemoteAddresses.ToHashSet()));
        }

        return true;
    }

    private void UseSockets(Instant now, SocketSet set)
    {
        SocketSet = set;
        foreach (var candidate in set.Candidates)
        {
            _engine.AddLocalCandidate(now, candidate);
        }

        if (set.IsGathered)
        {
            _engine.EndLocalCandidates();
        }
    }
}
