using System.Text;
using KillaBeez.WebRtc.DataChannels;
using TransportInit = KillaBeez.WebRtc.DataChannels.DataChannelInit;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>How a new channel behaves (W3C WebRTC, RTCDataChannelInit).</summary>
public sealed record DataChannelInit
{
    /// <summary>Whether messages arrive in the order in which they are sent. True by default.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>How often a lost message is sent again before it is given up, 0 to 65,535; null: until it arrives.</summary>
    public int? MaxRetransmits { get; init; }

    /// <summary>
    /// For how many milliseconds a message is tried before it is given up, 0 to 65,535; null: until it arrives.
    /// Excludes <see cref="MaxRetransmits"/>.
    /// </summary>
    public int? MaxPacketLifeTimeMs { get; init; }

    /// <summary>A subprotocol's name; at most 65,535 bytes of UTF-8.</summary>
    public string Protocol { get; init; } = string.Empty;

    /// <summary>Whether the peer makes the same channel itself, so that nothing is announced. Needs <see cref="Id"/>.</summary>
    public bool Negotiated { get; init; }

    /// <summary>The SCTP stream, 0 to 65,534. Only with <see cref="Negotiated"/>; otherwise it is chosen.</summary>
    public int? Id { get; init; }

    /// <exception cref="ArgumentException">The options contradict each other, or a text is too long.</exception>
    internal void Validate(string label)
    {
        RequireRange(MaxRetransmits, ushort.MaxValue, nameof(MaxRetransmits));
        RequireRange(MaxPacketLifeTimeMs, ushort.MaxValue, nameof(MaxPacketLifeTimeMs));
        RequireRange(Id, DataChannelLimits.MaxStreamIds - 1, nameof(Id));
        Require(MaxRetransmits is null || MaxPacketLifeTimeMs is null, "Only one of MaxRetransmits and MaxPacketLifeTimeMs may be given.");
        Require(Negotiated == Id.HasValue, "A negotiated channel needs an Id, and no other may have one.");
        Require(Encoding.UTF8.GetByteCount(label) <= DataChannelLimits.MaxLabelBytes, "The label is longer than 65,535 bytes.");
        Require(Encoding.UTF8.GetByteCount(Protocol) <= DataChannelLimits.MaxLabelBytes, "The protocol is longer than 65,535 bytes.");
    }

    internal TransportInit ToTransport(string label) => new()
    {
        Label = label,
        Protocol = Protocol,
        Ordered = Ordered,
        MaxRetransmits = MaxRetransmits,
        MaxPacketLifeTimeMs = MaxPacketLifeTimeMs,
        Negotiated = Negotiated,
        Id = (ushort?)Id,
    };

    internal static DataChannelInit FromTransport(TransportInit init) => new()
    {
        Protocol = init.Protocol,
        Ordered = init.Ordered,
        MaxRetransmits = init.MaxRetransmits,
        MaxPacketLifeTimeMs = init.MaxPacketLifeTimeMs,
        Negotiated = init.Negotiated,
        Id = init.Id,
    };

    private static void RequireRange(int? value, int max, string name)
    {
        if (value is { } number && (number < 0 || number > max))
        {
            throw new ArgumentOutOfRangeException(name, number, $"0 to {max}.");
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
