namespace KillaBeez.WebRtc.DataChannels;

/// <summary>What a channel is to be.</summary>
internal sealed record DataChannelInit
{
    public string Label { get; init; } = "";

    public string Protocol { get; init; } = "";

    /// <summary>Whether messages arrive in the order of sending.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>How often a message is sent again before it is given up; excludes <see cref="MaxPacketLifeTimeMs"/>.</summary>
    public int? MaxRetransmits { get; init; }

    /// <summary>For how many milliseconds a message is tried before it is given up.</summary>
    public int? MaxPacketLifeTimeMs { get; init; }

    /// <summary>Whether both sides open the channel themselves with the same <see cref="Id"/>, without DCEP.</summary>
    public bool Negotiated { get; init; }

    /// <summary>The stream id; required where negotiated, otherwise chosen by the DTLS role.</summary>
    public ushort? Id { get; init; }
}

/// <summary>Names a channel of one transport, before and after it has a stream id; never reused.</summary>
internal readonly record struct ChannelHandle(int Value);
