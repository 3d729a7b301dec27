using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <content>
/// TCP: an active base opens a connection with the first message, from a port of its own; nothing is lost on it, and
/// both ends hear when it breaks.
/// </content>
internal sealed partial class IceNetwork
{
    private readonly List<TcpConnection> _connections = [];
    private ushort _nextEphemeralPort = 40_000;

    /// <summary>Refuses connections to these addresses.</summary>
    public HashSet<TransportAddress> Refusing { get; } = [];

    public int OpenConnections => _connections.Count;

    /// <summary>Ends every connection there is, or those whose active or passive end is meant.</summary>
    public void BreakConnections(Predicate<NetworkPath>? which = null)
    {
        foreach (var connection in _connections.Where(c => which is null || which(c.ActivePath) || which(c.PassivePath)).ToArray())
        {
            _connections.Remove(connection);
            connection.Active.Agent.PathFailed(Now, connection.ActivePath);
            connection.Passive.Agent.PathFailed(Now, connection.PassivePath);
        }
    }

    private void SendOverTcp(IceNode node, NetworkPath path, byte[] message)
    {
        var connection = _connections.Find(c => c.IsEndOf(node, path)) ?? TryConnect(node, path);
        if (connection is null)
        {
            After(MinDelayMs, () => node.Agent.PathFailed(Now, path));
            return;
        }

        After(MaxDelayMs, () => Carry(connection, from: node, message));
    }

    private TcpConnection? TryConnect(IceNode node, NetworkPath path)
    {
        var listener = _nodes.Find(other => other.Addresses.Contains(path.Remote));
        if (path.Local.Port != IceTcpType.ActivePort || listener is null || Refusing.Contains(path.Remote))
        {
            return null;
        }

        var ephemeral = TransportAddress.From(path.Local.Address, _nextEphemeralPort++).AsTcp();
        var connection = new TcpConnection(node, path, listener, new NetworkPath(path.Remote, ephemeral));
        _connections.Add(connection);
        return connection;
    }

    private void Carry(TcpConnection connection, IceNode from, byte[] message)
    {
        if (!_connections.Contains(connection))
        {
            return;
        }

        var (to, path) = ReferenceEquals(from, connection.Active)
            ? (connection.Passive, connection.PassivePath)
            : (connection.Active, connection.ActivePath);
        to.Received++;
        to.Agent.HandleDatagram(Now, path, message);
        Drain(to);
    }

    private sealed record TcpConnection(IceNode Active, NetworkPath ActivePath, IceNode Passive, NetworkPath PassivePath)
    {
        public bool IsEndOf(IceNode node, NetworkPath path) =>
            (ReferenceEquals(node, Active) && path == ActivePath) || (ReferenceEquals(node, Passive) && path == PassivePath);
    }
}
