using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Io.Gathering;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// One socket per local address, the addresses under which they are reached, and the connections that share them.
/// What is found while the endpoint runs goes to every user at once.
/// </summary>
internal sealed class SocketSet
{
    private readonly List<TransportSocket> _sockets = [];
    private readonly List<IceCandidate> _candidates = [];
    private readonly TaskCompletionSource _gathered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<TransportSocket> Sockets => _sockets;

    /// <summary>What is known so far.</summary>
    public IReadOnlyList<IceCandidate> Candidates => _candidates;

    public HashSet<ConnectionDriver> Users { get; } = [];

    /// <summary>Finds the reflexive and relayed addresses of this set.</summary>
    public required Gatherer Gatherer { get; init; }

    /// <summary>Completes when every server has answered or failed, or has had its time.</summary>
    public Task Gathered => _gathered.Task;

    public bool IsGathered => _gathered.Task.IsCompleted;

    public TransportSocket? Find(TransportAddress local)
    {
        foreach (var socket in _sockets)
        {
            if (socket.LocalAddress == local)
            {
                return socket;
            }
        }

        return null;
    }

    public void Add(Instant now, TransportSocket socket, IceCandidate candidate)
    {
        _sockets.Add(socket);
        Add(now, candidate);
    }

    /// <summary>Adds another address of a socket that is there.</summary>
    public void Add(Instant now, IceCandidate candidate)
    {
        if (_candidates.Exists(known => known.Address == candidate.Address && known.Base == candidate.Base))
        {
            return;
        }

        _candidates.Add(candidate);
        foreach (var user in Users)
        {
            user.AddLocalCandidate(now, candidate);
        }
    }

    /// <summary>The address is no longer that of the socket; connections that use the socket are not concerned.</summary>
    public void Withdraw(IceCandidate candidate) => _candidates.Remove(candidate);

    /// <summary>The socket is gone, and with it every address it had.</summary>
    public void Remove(Instant now, TransportSocket socket)
    {
        var address = socket.LocalAddress;
        if (!_sockets.Remove(socket))
        {
            return;
        }

        _candidates.RemoveAll(candidate => candidate.Base == address);
        foreach (var user in Users)
        {
            user.RemoveLocalBase(now, address);
        }
    }

    /// <summary>Nothing more is looked for.</summary>
    public void EndGathering(Instant now)
    {
        if (_gathered.TrySetResult())
        {
            foreach (var user in Users)
            {
                user.EndLocalCandidates(now);
            }
        }
    }
}
