using System.Net;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>The path that a connection uses, and how it was found.</summary>
public sealed record SelectedCandidatePair
{
    /// <summary>How this side's address is reached: its own, through a translator, or relayed.</summary>
    public required IceCandidateType LocalType { get; init; }

    /// <summary>How the peer's address is reached.</summary>
    public required IceCandidateType RemoteType { get; init; }

    /// <summary>UDP or TCP, between this side or its relay and the peer.</summary>
    public required IceTransport Transport { get; init; }

    /// <summary>This side's socket, or its relayed address.</summary>
    public required IPEndPoint Local { get; init; }

    /// <summary>The peer's address as seen from there.</summary>
    public required IPEndPoint Remote { get; init; }

    /// <summary>Whether the controlling side has decided for this path; before that it may change soon.</summary>
    public required bool IsNominated { get; init; }

    internal static SelectedCandidatePair Of(IceCandidatePair pair) => new()
    {
        // The peer sees the socket under another address than the socket has: then it is reached through a translator.
        LocalType = pair.MappedAddress is { } mapped && pair.Local.Type == IceCandidateType.Host && mapped != pair.Path.Local
            ? IceCandidateType.PeerReflexive
            : pair.Local.Type,
        RemoteType = pair.Remote.Type,
        Transport = pair.Path.Local.IsTcp ? IceTransport.Tcp : IceTransport.Udp,
        Local = pair.Path.Local.ToIPEndPoint(),
        Remote = pair.Path.Remote.ToIPEndPoint(),
        IsNominated = pair.IsNominated,
    };
}
