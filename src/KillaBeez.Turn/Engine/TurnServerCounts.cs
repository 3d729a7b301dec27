namespace KillaBeez.Turn.Engine;

/// <summary>What the engine has counted since it started.</summary>
internal sealed class TurnServerCounts
{
    public long BindingAnswers { get; set; }

    public long AllocationsMade { get; set; }

    public long AllocationsRefused { get; set; }

    public long AuthenticationFailures { get; set; }

    public long AnswersSuppressed { get; set; }

    public long PeersForbidden { get; set; }

    public long DatagramsToPeers { get; set; }

    public long BytesToPeers { get; set; }

    public long DatagramsToClients { get; set; }

    public long BytesToClients { get; set; }

    public long DroppedMalformed { get; set; }

    public long DroppedWithoutPermission { get; set; }

    public long DroppedOverQuota { get; set; }

    public long StreamsRefused { get; set; }
}
