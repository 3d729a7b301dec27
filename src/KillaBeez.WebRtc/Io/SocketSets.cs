using System.Net;
using System.Net.Sockets;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// The endpoint's sockets. Nearly always one set serves every connection. But DTLS 1.2 records name no
/// association: two connections between the same two sockets could not be told apart. So an answering side looks
/// at the offer's candidates and, where a living connection of a set already leads to one of them, or waits for an
/// answer that may, takes the next set.
/// </summary>
internal sealed class SocketSets : IDisposable
{
    private readonly IReadOnlyList<IPEndPoint> _addresses;
    private readonly bool _explicit;
    private readonly bool _isPortable;
    private readonly List<SocketSet> _sets = [];
    private readonly List<DatagramSocket> _all = [];

    /// <param name="addresses">What to bind; port 0 lets the system choose.</param>
    /// <param name="isExplicit">Whether each address must be bound; otherwise those that cannot are left out.</param>
    /// <param name="isPortable">Whether to use sockets that work everywhere, even where there are better ones.</param>
    /// <exception cref="KillaBeezException">Nothing, or not everything asked for, can be bound (LinkFailed).</exception>
    public SocketSets(IReadOnlyList<IPEndPoint> addresses, bool isExplicit, bool isPortable = false)
    {
        _isPortable = isPortable;
        _addresses = addresses;
        _explicit = isExplicit;
        _ = Open(usePorts: true);
    }

    /// <summary>Every socket, for the poller.</summary>
    public IReadOnlyList<DatagramSocket> All => _all;

    public SocketSet Primary => _sets[0];

    /// <summary>The set for a connection that offers: it cannot know its peer yet, so the peer makes the difference.</summary>
    public SocketSet AcquireForOffer(ConnectionDriver connection)
    {
        Primary.Users.Add(connection);
        return Primary;
    }

    /// <summary>The set for a connection that answers an offer with these candidates.</summary>
    public SocketSet AcquireForAnswer(ConnectionDriver connection, IReadOnlyCollection<TransportAddress> remote)
    {
        var set = _sets.FirstOrDefault(s => !s.Users.Any(u => u != connection && u.MayLeadTo(remote)));
        if (set is null)
        {
            if (_sets.Count >= IoLimits.MaxSocketSets)
            {
                throw new KillaBeezException(
                    KillaBeezError.LimitExceeded, $"The endpoint already has {IoLimits.MaxSocketSets} connections to the same peer.");
            }

            set = Open(usePorts: false);
        }

        set.Users.Add(connection);
        return set;
    }

    /// <summary>Gives a set back; all but the first are closed with their last user.</summary>
    /// <param name="connection">The user that is gone.</param>
    /// <param name="set">Its set.</param>
    /// <param name="closing">Called for each socket that is about to be closed.</param>
    public void Release(ConnectionDriver connection, SocketSet set, Action<DatagramSocket> closing)
    {
        set.Users.Remove(connection);
        if (set == Primary || set.Users.Count > 0)
        {
            return;
        }

        _sets.Remove(set);
        foreach (var socket in set.Sockets)
        {
            closing(socket);
            _all.Remove(socket);
            socket.Dispose();
        }
    }

    public void Dispose() => _all.ForEach(socket => socket.Dispose());

    private SocketSet Open(bool usePorts)
    {
        var sockets = new List<DatagramSocket>();
        SocketException? lastError = null;
        foreach (var address in _addresses)
        {
            try
            {
                sockets.Add(DatagramSocket.Bind(address.Address, usePorts ? address.Port : 0, _isPortable));
            }
            catch (SocketException e)
            {
                lastError = e;
            }
        }

        if (sockets.Count == 0 || (_explicit && lastError is not null))
        {
            sockets.ForEach(socket => socket.Dispose());
            throw new KillaBeezException(
                KillaBeezError.LinkFailed,
                $"No UDP socket could be bound to {string.Join(", ", _addresses)}: {lastError?.Message ?? "this machine has no network address"}.",
                lastError);
        }

        var set = new SocketSet(sockets);
        _sets.Add(set);
        _all.AddRange(sockets);
        return set;
    }
}
