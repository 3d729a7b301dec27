namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>
/// A server that helps two peers to find a path (W3C WebRTC's RTCIceServer): a STUN server says under which address
/// this side is seen, a TURN server also forwards what cannot go directly.
/// </summary>
public sealed record IceServer
{
    /// <summary>
    /// Where it is reached: "stun:host[:port]", "turn:host[:port][?transport=udp|tcp]" or
    /// "turns:host[:port][?transport=tcp]" (RFC 7064, RFC 7065). The default ports are 3478, and 5349 for "turns".
    /// </summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>The user name; needed for "turn" and "turns".</summary>
    public string? Username { get; init; }

    /// <summary>The password; needed for "turn" and "turns".</summary>
    public string? Credential { get; init; }

    /// <summary>A server without credentials, or one with them.</summary>
    /// <param name="url">As in <see cref="Urls"/>.</param>
    /// <param name="username">As <see cref="Username"/>.</param>
    /// <param name="credential">As <see cref="Credential"/>.</param>
    public static IceServer Create(string url, string? username = null, string? credential = null) =>
        new() { Urls = [url], Username = username, Credential = credential };

    /// <summary>Says where it is and for whom, not the password: records print themselves into logs.</summary>
    public override string ToString() => $"{string.Join(", ", Urls)}{(Username is null ? string.Empty : $" as {Username}")}";
}
