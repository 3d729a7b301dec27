using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Allocations;

/// <summary>A number that stands for a peer between a client and the server (RFC 8656, section 12).</summary>
internal sealed class ChannelBinding(ChannelNumber number, TransportAddress peer, Permission permission)
{
    public ChannelNumber Number { get; } = number;

    public TransportAddress Peer { get; } = peer;

    /// <summary>Binding makes and refreshes it; without it nothing passes although the channel lives longer.</summary>
    public Permission Permission { get; } = permission;

    public Instant ExpiresAt { get; set; }

    public bool IsAlive(Instant now) => now < ExpiresAt;
}
