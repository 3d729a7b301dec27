using System.Globalization;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Gathering;

/// <summary>One URL of an <see cref="IceServer"/> (RFC 7064, RFC 7065), with what its use needs.</summary>
internal sealed record ServerUrl
{
    public required ServerScheme Scheme { get; init; }

    /// <summary>A name or an address; an IPv6 address without brackets.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    public string Username { get; init; } = string.Empty;

    public string Credential { get; init; } = string.Empty;

    /// <summary>Whether it is the same server, reached in the same way, whatever the credentials.</summary>
    public bool IsSamePlace(ServerUrl other) => Scheme == other.Scheme && Host == other.Host && Port == other.Port;

    /// <summary>Without the credentials: records print themselves into logs.</summary>
    public override string ToString() => $"{Scheme} {Host}:{Port}";

    public bool IsTurn => Scheme != ServerScheme.Stun;

    /// <summary>Every URL of every server.</summary>
    /// <exception cref="ArgumentException">A URL is none, or a TURN server lacks its credentials.</exception>
    public static List<ServerUrl> ParseAll(IEnumerable<IceServer> servers) =>
        [.. servers.SelectMany(server => server.Urls, Parse).Distinct()];

    private static ServerUrl Parse(IceServer server, string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        var place = query < 0 ? url : url[..query];
        var colon = place.IndexOf(':', StringComparison.Ordinal);
        var transport = query < 0 ? string.Empty : url[(query + 1)..].ToUpperInvariant();
        ServerScheme? scheme = (colon < 0 ? string.Empty : place[..colon].ToUpperInvariant(), transport) switch
        {
            ("STUN", "") => ServerScheme.Stun,
            ("TURN", "" or "TRANSPORT=UDP") => ServerScheme.TurnUdp,
            ("TURN", "TRANSPORT=TCP") => ServerScheme.TurnTcp,
            ("TURNS", "" or "TRANSPORT=TCP") => ServerScheme.TurnTls,
            _ => null,
        };
        if (scheme is not { } known || !TrySplit(place[(colon + 1)..], known, out var host, out var port))
        {
            throw new ArgumentException(
                $"'{url}' is no ICE server: write stun:host[:port], turn:host[:port][?transport=tcp] or turns:host[:port].");
        }

        if (known != ServerScheme.Stun && (string.IsNullOrEmpty(server.Username) || string.IsNullOrEmpty(server.Credential)))
        {
            throw new ArgumentException($"The TURN server '{url}' needs a Username and a Credential.");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(server.Username ?? string.Empty) > TurnClientLimits.MaxUsernameBytes)
        {
            throw new ArgumentException($"The Username for '{url}' is longer than {TurnClientLimits.MaxUsernameBytes} bytes.");
        }

        return new ServerUrl
        {
            Scheme = known,
            Host = host,
            Port = port,
            Username = server.Username ?? string.Empty,
            Credential = server.Credential ?? string.Empty,
        };
    }

    /// <summary>"host", "host:port", "[address]" or "[address]:port".</summary>
    private static bool TrySplit(string place, ServerScheme scheme, out string host, out int port)
    {
        port = scheme == ServerScheme.TurnTls ? StunPorts.Tls : StunPorts.Plain;
        var isBracketed = place.StartsWith('[');
        var end = isBracketed ? place.IndexOf(']', StringComparison.Ordinal) : place.IndexOf(':', StringComparison.Ordinal);
        host = isBracketed ? place[1..Math.Max(1, end)] : end < 0 ? place : place[..end];
        var rest = isBracketed ? place[(Math.Max(0, end) + 1)..] : place[host.Length..];
        if (isBracketed && end < 0)
        {
            return false;
        }

        var hasHost = Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;
        return hasHost && (rest.Length == 0
            || (rest[0] == ':'
                && int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
                && port is > 0 and <= ushort.MaxValue));
    }
}
