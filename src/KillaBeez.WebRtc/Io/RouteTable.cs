namespace KillaBeez.WebRtc.Io;

/// <summary>
/// Which connection a datagram belongs to, by the two addresses of its way. A connection enters a path by sending
/// on it; the first one owns it. Another one that sends on the same path (a peer that was restarted on its old
/// port) is its challenger: it is offered what the owner does not know, and becomes the owner once its own checks
/// have validated the path. So no description, by naming somebody else's address, can divert what comes from there.
/// </summary>
internal sealed class RouteTable
{
    private readonly Dictionary<NetworkPath, Route> _routes = [];

    public int Count => _routes.Count;

    public bool TryFind(NetworkPath path, out ConnectionDriver owner, out ConnectionDriver? challenger)
    {
        var found = _routes.TryGetValue(path, out var route);
        owner = route.Owner;
        challenger = route.Challenger;
        return found;
    }

    /// <summary>Enters a path on which the connection sends; false where the table is full.</summary>
    public bool TryClaim(NetworkPath path, ConnectionDriver connection)
    {
        if (!_routes.TryGetValue(path, out var route))
        {
            return _routes.Count < IoLimits.MaxRoutes && _routes.TryAdd(path, new Route(connection, null));
        }

        if (route.Owner != connection)
        {
            _routes[path] = connection.IsValidated(path)
                ? new Route(connection, null)
                : new Route(route.Owner, connection);
        }

        return true;
    }

    /// <summary>Removes a connection from a path that it had claimed.</summary>
    public void Release(NetworkPath path, ConnectionDriver connection)
    {
        if (!_routes.TryGetValue(path, out var route))
        {
            return;
        }

        if (route.Owner != connection)
        {
            _routes[path] = route.Challenger == connection ? new Route(route.Owner, null) : route;
        }
        else if (route.Challenger is { } heir)
        {
            _routes[path] = new Route(heir, null);
        }
        else
        {
            _routes.Remove(path);
        }
    }

    private readonly record struct Route(ConnectionDriver Owner, ConnectionDriver? Challenger);
}
