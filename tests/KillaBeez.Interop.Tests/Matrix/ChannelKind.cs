using System.Text.Json.Nodes;
using KillaBeez.Interop.Tests.Agents;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>How a channel treats order and loss.</summary>
internal sealed record ChannelKind(string Name, bool Ordered, int? MaxRetransmits, int? MaxPacketLifeTime)
{
    public static readonly ChannelKind Reliable = new("reliable", true, null, null);

    public static readonly IReadOnlyList<ChannelKind> All =
    [
        Reliable,
        new("unordered", false, null, null),
        new("rexmit0", false, 0, null),
        new("lifetime", true, null, 3000),
    ];

    /// <summary>Whether a message may be lost without anybody being wrong.</summary>
    public bool MayLose => MaxRetransmits is not null || MaxPacketLifeTime is not null;

    public DataChannelInit ToInit() => new() { Ordered = Ordered, MaxRetransmits = MaxRetransmits, MaxPacketLifeTimeMs = MaxPacketLifeTime };

    public JsonObject ToJson(string label)
    {
        var json = new JsonObject { ["label"] = label, ["ordered"] = Ordered };
        if (MaxRetransmits is { } retransmits)
        {
            json["maxRetransmits"] = retransmits;
        }

        if (MaxPacketLifeTime is { } lifetime)
        {
            json["maxPacketLifeTime"] = lifetime;
        }

        return json;
    }

    public void AssertIs(DataChannel channel) => Assert.Equal(
        (Ordered, MaxRetransmits, MaxPacketLifeTime), (channel.Ordered, channel.MaxRetransmits, channel.MaxPacketLifeTimeMs));

    /// <summary>What the peer read out of our OPEN, as far as its API says.</summary>
    public void AssertSeenBy(JsonObject opened)
    {
        if (opened["ordered"] is { } ordered)
        {
            Assert.Equal(
                (Ordered, MaxRetransmits, MaxPacketLifeTime),
                (ordered.GetValue<bool>(), (int?)opened.Number("maxRetransmits"), (int?)opened.Number("maxPacketLifeTime")));
        }
    }
}
