namespace KillaBeez.Cli.Demo;

/// <summary>One thing that happened in a demo, worth a line. Nodes are numbered from 1; times count from the demo's start.</summary>
internal abstract record DemoFact(TimeSpan At)
{
    /// <summary>The exchange takes connections.</summary>
    public sealed record ExchangeListens(string Url, int ProcessId, TimeSpan At) : DemoFact(At);

    /// <summary>A node's process runs.</summary>
    public sealed record NodeStarted(int Node, PeerId Key, int ProcessId, TimeSpan At) : DemoFact(At);

    /// <summary>A node has a peer, by its own report.</summary>
    public sealed record GotPeer(int Node, PeerId Key, int? Peer, TimeSpan At) : DemoFact(At);

    /// <summary>A node lost a peer.</summary>
    public sealed record LostPeer(int Node, PeerId Key, int? Peer, string? Reason, TimeSpan At) : DemoFact(At);

    /// <summary>Everybody has everybody, and the exchange process has been killed.</summary>
    public sealed record ExchangeKilled(TimeSpan At) : DemoFact(At);

    /// <summary>A greeting was answered, rightly or not, or failed.</summary>
    public sealed record Greeted(int From, int To, int Bytes, bool Verified, string? Error, TimeSpan At) : DemoFact(At);

    /// <summary>A round-trip time, in milliseconds.</summary>
    public sealed record Rtt(int From, int To, double Ms, TimeSpan At) : DemoFact(At);

    /// <summary>All is as it should be. The table has a row for each node and in it the round-trip time to each other, in milliseconds.</summary>
    public sealed record Complete(int Nodes, int Peers, int Verified, IReadOnlyList<IReadOnlyList<double?>> RttMs, TimeSpan At) : DemoFact(At);

    /// <summary>Something is missing.</summary>
    public sealed record Incomplete(string Cause, IReadOnlyList<MissingPair> Missing, TimeSpan At) : DemoFact(At);
}

/// <summary>What one node lacks of another, and why as far as is known.</summary>
internal sealed record MissingPair(int From, int To, string Why);

/// <summary>What the demo must do next.</summary>
internal abstract record DemoAction
{
    /// <summary>Write an order to a node's standard input.</summary>
    public sealed record Tell(int Node, Nodes.NodeOrder Order) : DemoAction;

    /// <summary>Kill the exchange process and say when it is gone.</summary>
    public sealed record KillExchange : DemoAction;

    /// <summary>Print something.</summary>
    public sealed record Report(DemoFact Fact) : DemoAction;
}
