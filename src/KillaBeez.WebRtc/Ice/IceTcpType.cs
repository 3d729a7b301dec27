namespace KillaBeez.WebRtc.Ice;

/// <summary>The words of the extension "tcptype" (RFC 6544, section 4.5): who opens the connection.</summary>
internal static class IceTcpType
{
    /// <summary>This candidate connects to passive ones; its port means nothing and is written as 9.</summary>
    public const string Active = "active";

    /// <summary>This candidate listens.</summary>
    public const string Passive = "passive";

    /// <summary>What an active candidate has in place of a port (RFC 6544, section 4.5: the discard port).</summary>
    public const ushort ActivePort = 9;
}
