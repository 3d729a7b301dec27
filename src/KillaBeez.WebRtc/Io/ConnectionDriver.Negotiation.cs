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

    public SessionDescription CreateOffer(Instant now)
    {
        if (SocketSet is null)
        {
            UseSockets(now, _loop.Sockets.AcquireForOffer(this));
        }

        return _engine.CreateOffer(now);
    }

    public bool TrySetRemoteDescription(Instant now, SessionDescription description, out string error)
    {
        if (!_engine.TrySetRemoteDescription(now, description, out error))
        {
            return false;
        }

        if (SocketSet is null && description.Type == SdpType.Offer)
        {
            UseSockets(now, _loop.Sockets.AcquireForAnswer(this, _engine.RemoteAddresses.ToHashSet()));
        }

        return true;
    }

    private void UseSockets(Instant now, SocketSet set)
    {
        SocketSet = set;
        var indexes = (V4: 0, V6: 0);
        foreach (var socket in set.Sockets)
        {
            var address = socket.LocalAddress;
            var index = address.IsIPv6 ? indexes.V6++ : indexes.V4++;
            _engine.AddLocalCandidate(now, IceCandidate.Host(address, IcePriority.LocalPreference(address.IsIPv6, index)));
        }
    }
}
