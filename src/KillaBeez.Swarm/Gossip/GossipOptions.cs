namespace KillaBeez.Swarm.Gossip;

/// <summary>How a <see cref="GossipEngine"/> behaves.</summary>
internal sealed record GossipOptions
{
    private readonly int? _acceptedDegree;

    /// <summary>
    /// Names this life of the node: larger than that of every earlier one, as the wall clock's milliseconds at the
    /// start are. Of two maps of one node the one with the larger incarnation counts.
    /// </summary>
    public required ulong Incarnation { get; init; }

    public GossipLimits Limits { get; init; } = GossipLimits.Default;

    /// <summary>Peers that the node connects to of its own accord; a full mesh while there are no more.</summary>
    public int MeshDegree { get; init; } = 64;

    /// <summary>Peers beyond which calls of others are refused, except those of the nearest keys, up to twice as many. By default twice the degree.</summary>
    public int AcceptedDegree
    {
        get => _acceptedDegree ?? MeshDegree * 2;
        init => _acceptedDegree = value;
    }

    /// <summary>
    /// Beyond the degree, the node still connects to so many nearest keys on either side of its own, so that the
    /// mesh cannot fall apart.
    /// </summary>
    public int RingNeighbours { get; init; } = 2;

    /// <summary>The time between two deltas in the long run; a change after a quiet time is told at once.</summary>
    public TimeSpan CoalesceTime { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// After a quiet time so many deltas may follow each other faster, <see cref="LeastCoalesceTime"/> apart: while a
    /// swarm forms, everybody waits for the next one. Far less than <see cref="GossipLimits.MessageBurst"/>.
    /// </summary>
    public int DeltaBurst { get; init; } = 10;

    /// <summary>The least time between two deltas.</summary>
    public TimeSpan LeastCoalesceTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The least time before changed round trips alone are told.</summary>
    public TimeSpan RttInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often peers are told the signed digest of the map.</summary>
    public TimeSpan DigestInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The least time between two requests for one peer's whole map.</summary>
    public TimeSpan PullInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the smaller key waits for the larger one's call before it asks for it.</summary>
    public TimeSpan InformDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a wanted call may take before it counts as failed, if nobody says so earlier.</summary>
    public TimeSpan CallPatience { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>The wait after the first failure; doubles up to <see cref="MaxBackoff"/>. 75 to 125 % of it are waited.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Calls and informs for one key before it is tried only every <see cref="LongBackoff"/>, unless another peer names it.
    /// </summary>
    public int AttemptsPerTarget { get; init; } = 8;

    public TimeSpan LongBackoff { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>What peers can make a <see cref="GossipEngine"/> keep or do.</summary>
internal sealed record GossipLimits
{
    public static GossipLimits Default { get; } = new();

    /// <summary>The longest message, in bytes.</summary>
    public const int MessageBytes = 64 * 1024;

    /// <summary>Entries of one node's map, ours included.</summary>
    public const int EntriesPerMap = 1024;

    /// <summary>
    /// Peers that are told and listened to at a time, if that is more than the degrees allow anyway; gossip of
    /// further ones is ignored.
    /// </summary>
    public int Peers { get; init; } = 256;

    /// <summary>Keys that are known from maps only and might be called.</summary>
    public int Targets { get; init; } = 4096;

    /// <summary>Calls under way that this engine wanted.</summary>
    public int CallsAtOnce { get; init; } = 16;

    /// <summary>Of these, calls through one peer: one that names invented keys cannot use up the others' share.</summary>
    public int CallsAtOncePerVia { get; init; } = 8;

    /// <summary>Messages of one peer at once.</summary>
    public int MessageBurst { get; init; } = 100;

    /// <summary>Messages of one peer in the long run, per second.</summary>
    public int MessagesPerSecond { get; init; } = 20;
}

/// <summary>Counts for metrics, and what makes the cost of gossip visible.</summary>
internal record struct GossipStatistics
{
    public long MessagesSent { get; set; }

    public long BytesSent { get; set; }

    public long MapsSigned { get; set; }

    public long SignaturesVerified { get; set; }

    /// <summary>Messages that are no gossip messages, or exceed a limit.</summary>
    public long Malformed { get; set; }

    /// <summary>Maps of another node than the sender, or whose signature is not its owner's.</summary>
    public long Forged { get; set; }

    /// <summary>Maps and deltas that are not newer than what is held.</summary>
    public long Stale { get; set; }

    /// <summary>Deltas and digests that showed that a delta was missed.</summary>
    public long Gaps { get; set; }

    /// <summary>Digests whose signature does not fit the map that is held.</summary>
    public long DigestMismatches { get; set; }

    /// <summary>Messages from peers that are not connected, or above the rate.</summary>
    public long Dropped { get; set; }
}
