using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Io.Gathering;

/// <summary>
/// Finds the addresses beyond this machine under which a set of sockets is reached (RFC 8445, section 5.1.1): asks
/// each STUN server about each socket, and each TURN server for a relayed address. They belong to the endpoint, so a
/// connection made later has them at once, and a mesh of many peers needs one allocation.
/// </summary>
internal sealed class Gatherer(IoLoop loop, SocketOptions options) : IoTask, IDatagramHandler, IDisposable
{
    private readonly List<MappingProbe> _probes = [];
    private readonly List<Relay> _relays = [];
    private readonly List<(ServerUrl Server, TransportAddress Address)> _targets = [];
    private Instant _giveUpAt = Instant.Never;
    private int _unresolved;
    private bool _isDisposed;

    public SocketSet Set { get; set; } = null!;

    public override Instant NextTimeout
    {
        get
        {
            var next = _giveUpAt;
            foreach (var probe in _probes)
            {
                next = Instant.Min(next, probe.NextTimeout);
            }

            foreach (var relay in _relays)
            {
                next = Instant.Min(next, relay.NextTimeout);
            }

            return next;
        }
    }

    /// <summary>IO thread: begins, once.</summary>
    public void Start(Instant now)
    {
        _giveUpAt = loop.Servers.Count == 0 ? Instant.Never : now.AddMs(IoLimits.GatheringTimeoutMs);
        Resolve(loop.Servers);
        OnProgress(now);
    }

    /// <summary>
    /// IO thread: other servers from now on, or new credentials. What is reached at a server that stays goes on, as
    /// connections may use it.
    /// </summary>
    public void UseServers(Instant now)
    {
        var servers = loop.Servers;
        _probes.RemoveAll(probe => !servers.Any(server => server.IsSamePlace(probe.Server)));
        _targets.RemoveAll(target => !servers.Any(server => server.IsSamePlace(target.Server)));
        foreach (var relay in _relays.ToArray())
        {
            if (servers.FirstOrDefault(server => server.IsSamePlace(relay.Server)) is { } kept)
            {
                relay.UseServer(now, kept);
            }
            else
            {
                relay.Drop(now);
                relay.Close();
                _relays.Remove(relay);
            }
        }

        Resolve([.. servers.Where(server => !_targets.Exists(target => target.Server.IsSamePlace(server)))]);
        OnProgress(now);
    }

    /// <summary>IO thread: the set's sockets are others now, because the machine's addresses are.</summary>
    public void Follow(Instant now, IReadOnlySet<IPAddress> gone)
    {
        _probes.RemoveAll(probe => !Set.Sockets.Contains(probe.Socket));
        foreach (var (server, address) in _targets)
        {
            Probe(now, server, address);
        }

        foreach (var relay in _relays.ToArray())
        {
            relay.Follow(now, gone);
        }

        // A name that could not be resolved, or a server of a family that was missing, may be within reach now.
        Resolve([.. loop.Servers.Where(server => !_targets.Exists(target => target.Server.IsSamePlace(server)))]);
        OnProgress(now);
    }

    public bool HandleDatagram(Instant now, DatagramSocket socket, TransportAddress from, ReadOnlySpan<byte> datagram)
    {
        foreach (var probe in _probes)
        {
            if (probe.IsFrom(socket, from) && probe.HandleDatagram(now, datagram))
            {
                return true;
            }
        }

        return false;
    }

    public override void HandleTimeout(Instant now)
    {
        foreach (var probe in _probes.ToArray())
        {
            if (probe.NextTimeout <= now)
            {
                probe.HandleTimeout(now);
            }
        }

        foreach (var relay in _relays.ToArray())
        {
            if (relay.NextTimeout <= now)
            {
                relay.HandleTimeout(now);
            }
        }

        OnProgress(now);
    }

    public void Reschedule() => loop.Schedule(this);

    /// <summary>Something has come to an end: perhaps that was the last.</summary>
    public void OnProgress(Instant now)
    {
        var isDone = _unresolved == 0 && _probes.TrueForAll(probe => probe.IsSettled) && _relays.TrueForAll(relay => relay.IsSettled);
        if (isDone || now >= _giveUpAt)
        {
            _giveUpAt = Instant.Never;
            Set.EndGathering(now);
        }

        Reschedule();
    }

    public void OnFailed(Instant now, ServerUrl server, string reason)
    {
        loop.ServerFailed?.Invoke(server, reason);
        OnProgress(now);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _giveUpAt = Instant.Never;
        _probes.Clear();
        _relays.ForEach(relay => relay.Close());
        _relays.Clear();
        Reschedule();
    }

    private void Resolve(IReadOnlyList<ServerUrl> servers)
    {
        _unresolved += servers.Count;
        foreach (var server in servers)
        {
            _ = ResolveAsync(server);
        }
    }

    private async Task ResolveAsync(ServerUrl server)
    {
        IPAddress[] addresses = [];
        var reason = $"'{server.Host}' has no address that can be reached from here.";
        try
        {
            addresses = IPAddress.TryParse(server.Host, out var literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(server.Host).WaitAsync(TimeSpan.FromMilliseconds(IoLimits.GatheringTimeoutMs)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            reason = $"The name '{server.Host}' cannot be resolved: {e.Message}";
        }

        loop.Post(now =>
        {
            _unresolved--;
            if (!_isDisposed && loop.Servers.Contains(server))
            {
                Use(now, server, addresses, reason);
            }
        });
    }

    private void Use(Instant now, ServerUrl server, IPAddress[] addresses, string reason)
    {
        var used = 0;
        foreach (var address in addresses.Where(a => Set.Sockets.Any(s => s.LocalAddress.IsIPv6 == (a.AddressFamily == AddressFamily.InterNetworkV6))))
        {
            if (used++ < IoLimits.MaxAddressesPerServer)
            {
                var target = TransportAddress.From(address, server.Port);
                if (_targets.Exists(known => known.Address == target && known.Server.IsSamePlace(server)))
                {
                    // It was looked up twice, since the servers or the machine's addresses changed meanwhile.
                    continue;
                }

                _targets.Add((server, target));
                Probe(now, server, target);
                AddRelays(now, server, target);
            }
        }

        if (used == 0)
        {
            OnFailed(now, server, reason);
        }

        OnProgress(now);
    }

    /// <summary>Asks a server about each socket that it has not been asked about. TURN servers answer like STUN servers.</summary>
    private void Probe(Instant now, ServerUrl server, TransportAddress address)
    {
        if (server.Scheme is not (ServerScheme.Stun or ServerScheme.TurnUdp))
        {
            return;
        }

        var index = 0;
        foreach (var socket in Set.Sockets.OfType<DatagramSocket>().Where(s => s.LocalAddress.IsIPv6 == address.IsIPv6).ToArray())
        {
            var preference = IcePriority.LocalPreference(address.IsIPv6, index++);
            if (!_probes.Exists(known => known.IsFrom(socket, address)))
            {
                var probe = new MappingProbe(this, socket, address, server, preference);
                socket.Handler = this;
                _probes.Add(probe);
                probe.Start(now);
            }
        }
    }

    private void AddRelays(Instant now, ServerUrl server, TransportAddress address)
    {
        if (!server.IsTurn)
        {
            return;
        }

        // Peers may have IPv4 only, whatever the way to the server is; IPv6 is asked for where this side has it.
        var target = server.Scheme == ServerScheme.TurnUdp ? address : address.AsTcp();
        foreach (var wantsIPv6 in address.IsIPv6 ? new[] { false, true } : [false])
        {
            var relay = new Relay(loop, options, this, server, target, wantsIPv6, IcePriority.LocalPreference(wantsIPv6, _relays.Count));
            _relays.Add(relay);
            relay.Start(now);
        }
    }
}
