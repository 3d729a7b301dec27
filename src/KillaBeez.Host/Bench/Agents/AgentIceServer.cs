using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>A STUN or TURN server as the command line names it: a URL of RFC 7064 or RFC 7065, and credentials for TURN.</summary>
internal sealed record AgentIceServer(string Url, string? Username = null, string? Credential = null)
{
    private static readonly string[] _stun = ["stun:", "stuns:"];
    private static readonly string[] _turn = ["turn:", "turns:"];

    /// <summary>Reads URL or URL,USER,CREDENTIAL; a credential may have commas of its own.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AgentIceServer? server, [NotNullWhen(false)] out string? mistake)
    {
        var parts = text.Split(',', 3);
        var (isStun, isTurn) = (Begins(parts[0], _stun), Begins(parts[0], _turn));
        (server, mistake) = (isStun || isTurn, isTurn, parts) switch
        {
            (false, _, _) => (null, "it begins with stun:, stuns:, turn: or turns:"),
            (_, true, [var url, { Length: > 0 } user, { Length: > 0 } credential]) => (new AgentIceServer(url, user, credential), null),
            (_, true, _) => (null, "a TURN server needs a user and a credential: URL,USER,CREDENTIAL"),
            (_, false, [var url]) => (new AgentIceServer(url), (string?)null),
            _ => (null, "a STUN server takes no credentials"),
        };
        return server is not null;
    }

    private static bool Begins(string url, string[] schemes) =>
        schemes.Any(scheme => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && url.Length > scheme.Length);
}
