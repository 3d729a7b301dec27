namespace KillaBeez.WebRtc.Turn;

/// <summary>What a <see cref="TurnClient"/> needs to know of its server.</summary>
internal sealed record TurnClientOptions
{
    /// <summary>
    /// The server. Where <see cref="TransportAddress.IsTcp"/> is set, messages go over a stream (TCP or TLS): nothing
    /// is sent twice, a request fails after 39.5 s, and ChannelData is padded.
    /// </summary>
    public required TransportAddress Server { get; init; }

    /// <summary>The user name of the long-term credential, at most 508 bytes of UTF-8.</summary>
    public required string Username { get; init; }

    /// <summary>The password; never logged and never part of a message.</summary>
    public required string Password { get; init; }

    /// <summary>Whether the relayed address is to be an IPv6 one; IPv4 by default.</summary>
    public bool RequestIPv6 { get; init; }

    /// <summary>
    /// Whether another server has sent us to this one. A second referral is then a failure, so that servers cannot send
    /// us around in a circle.
    /// </summary>
    public bool IsAlternate { get; init; }

    /// <summary>The record's text leaves the credentials out.</summary>
    public override string ToString() => $"TURN server {Server}";
}
