namespace KillaBeez.Turn;

/// <summary>What a <see cref="TurnServer"/> has in use, and what it has counted since it started. Nothing in it names a client.</summary>
public sealed record TurnServerStatistics
{
    /// <summary>Allocations at this moment.</summary>
    public required int Allocations { get; init; }

    /// <summary>TCP and TLS connections at this moment.</summary>
    public required int Streams { get; init; }

    /// <summary>Answers to Binding requests.</summary>
    public required long BindingAnswers { get; init; }

    /// <summary>Allocations that were made.</summary>
    public required long AllocationsMade { get; init; }

    /// <summary>Allocate requests with valid credentials that were refused: quota, capacity, family or transport.</summary>
    public required long AllocationsRefused { get; init; }

    /// <summary>Requests without valid credentials; every client's first is one.</summary>
    public required long AuthenticationFailures { get; init; }

    /// <summary>Answers that were not given because their source, or all sources together, had had enough of them.</summary>
    public required long AnswersSuppressed { get; init; }

    /// <summary>Requests for peers that nobody may reach.</summary>
    public required long PeersForbidden { get; init; }

    /// <summary>Datagrams relayed to peers.</summary>
    public required long DatagramsToPeers { get; init; }

    /// <summary>Payload bytes relayed to peers.</summary>
    public required long BytesToPeers { get; init; }

    /// <summary>Datagrams relayed to clients.</summary>
    public required long DatagramsToClients { get; init; }

    /// <summary>Payload bytes relayed to clients.</summary>
    public required long BytesToClients { get; init; }

    /// <summary>Messages that were no STUN and no ChannelData, or too long.</summary>
    public required long DroppedMalformed { get; init; }

    /// <summary>Data without allocation, channel or permission.</summary>
    public required long DroppedWithoutPermission { get; init; }

    /// <summary>Data beyond a quota.</summary>
    public required long DroppedOverQuota { get; init; }

    /// <summary>Sends that a socket did not take because it was full or had no way there; one may have held several datagrams.</summary>
    public required long DroppedBySockets { get; init; }

    /// <summary>Messages to clients that do not read their stream fast enough.</summary>
    public required long DroppedByStreams { get; init; }

    /// <summary>TCP and TLS connections beyond the limits.</summary>
    public required long StreamsRefused { get; init; }
}
