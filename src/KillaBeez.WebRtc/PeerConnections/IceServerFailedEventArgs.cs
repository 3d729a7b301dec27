namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>What an <see cref="RtcEndpoint"/> could not get from one of its servers.</summary>
/// <param name="server">The server, as "host:port".</param>
/// <param name="reason">What happened and what to do about it, as a sentence for a person.</param>
public sealed class IceServerFailedEventArgs(string server, string reason) : EventArgs
{
    /// <summary>The server, as "host:port".</summary>
    public string Server { get; } = server;

    /// <summary>What happened and what to do about it, as a sentence for a person. Holds no credentials.</summary>
    public string Reason { get; } = reason;
}
