using System.Globalization;

namespace KillaBeez.Swarm.Signaling.Exchange;

/// <summary>
/// The name by which a client and an exchange agree who the exchange is: the host that the client dialed, in lower
/// case, followed by <c>:port</c> unless that is the default of the scheme. The client signs the name it dialed, so an
/// exchange that passes another one's challenge on cannot subscribe there in the client's name.
/// </summary>
internal static class ExchangeServerName
{
    public const int MaximumBytes = 262;

    /// <summary>The name in a ws, wss, http or https address, as the client signs it.</summary>
    public static string FromUri(Uri uri)
    {
        var host = uri.HostNameType == UriHostNameType.IPv6 ? "[" + uri.IdnHost.Trim('[', ']') + "]" : uri.IdnHost;
        return Normalize(uri.IsDefaultPort ? host : host + ":" + uri.Port.ToString(CultureInfo.InvariantCulture), IsSecure(uri.Scheme));
    }

    /// <summary>The same name from a Host header or a configured value.</summary>
    /// <param name="host">host or host:port.</param>
    /// <param name="isSecure">Whether the client used TLS, which decides the default port.</param>
    public static string Normalize(string host, bool isSecure)
    {
        var name = host.Trim().ToLowerInvariant();
        var port = isSecure ? ":443" : ":80";
        return name.EndsWith(port, StringComparison.Ordinal) && !EndsInsideAddress(name, port) ? name[..^port.Length] : name;
    }

    private static bool IsSecure(string scheme) => scheme is "wss" or "https";

    // The last group of an IPv6 address without brackets is no port.
    private static bool EndsInsideAddress(string name, string port) =>
        !name.StartsWith('[') && name[..^port.Length].Contains(':', StringComparison.Ordinal);
}
