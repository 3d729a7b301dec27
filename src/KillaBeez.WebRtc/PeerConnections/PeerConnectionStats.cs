namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Numbers of one connection at one moment. Counters only grow.</summary>
public sealed record PeerConnectionStats
{
    /// <summary>UDP payload bytes sent, ICE, DTLS and SCTP headers included.</summary>
    public required long BytesSent { get; init; }

    /// <summary>UDP payload bytes received that belonged to the connection.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Datagrams sent.</summary>
    public required long DatagramsSent { get; init; }

    /// <summary>Datagrams received that belonged to the connection.</summary>
    public required long DatagramsReceived { get; init; }

    /// <summary>Messages handed to the application.</summary>
    public required long MessagesReceived { get; init; }

    /// <summary>Messages taken from the application.</summary>
    public required long MessagesSent { get; init; }

    /// <summary>The smoothed round-trip time of the data channels, or of ICE before there are any; null before both.</summary>
    public required TimeSpan? RoundTripTime { get; init; }

    /// <summary>The congestion window, in bytes; 0 before the association is up.</summary>
    public required long CongestionWindowBytes { get; init; }

    /// <summary>SCTP chunks sent more than once.</summary>
    public required long Retransmissions { get; init; }

    /// <summary>SCTP packets with user data sent, repetitions included.</summary>
    public required long PacketsSent { get; init; }

    /// <summary>The largest SCTP packet that is sent at present, in bytes; DTLS and UDP come on top.</summary>
    public required int MaxPacketBytes { get; init; }

    /// <summary>Connectivity and consent checks sent.</summary>
    public required long ChecksSent { get; init; }

    /// <summary>Answers to them.</summary>
    public required long CheckResponsesReceived { get; init; }

    /// <summary>The path in use; null where there is none.</summary>
    public required SelectedCandidatePair? SelectedPair { get; init; }

    /// <summary>How often the path in use has changed.</summary>
    public required long PathChanges { get; init; }
}
