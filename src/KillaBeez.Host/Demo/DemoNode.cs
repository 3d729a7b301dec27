using KillaBeez.Cli.Nodes;

namespace KillaBeez.Cli.Demo;

/// <summary>What the demo knows of one node.</summary>
internal sealed class DemoNode(int number)
{
    /// <summary>Counted from 1.</summary>
    public int Number { get; } = number;

    /// <summary>Null until the process has said it.</summary>
    public PeerId? Key { get; set; }

    /// <summary>Whether the node is subscribed at the exchange.</summary>
    public bool OnExchange { get; set; }

    public string? ExchangeError { get; set; }

    /// <summary>Why the process is gone, or null.</summary>
    public string? Ended { get; set; }

    /// <summary>Whether the call that brings this node into the swarm has been ordered.</summary>
    public bool IsCallMade { get; set; }

    /// <summary>Whom the node is connected to, by its own report.</summary>
    public HashSet<PeerId> Peers { get; } = [];

    /// <summary>The last thing that went wrong with a peer.</summary>
    public Dictionary<PeerId, string> Problems { get; } = [];

    public Dictionary<PeerId, ProcessEvent.Greeted> Greetings { get; } = [];

    public Dictionary<PeerId, ProcessEvent.Rtt> RoundTrips { get; } = [];

    public bool IsReady => Key is not null && OnExchange;

    public bool Has(DemoNode peer) => peer.Key is { } key && Peers.Contains(key);

    public ProcessEvent.Greeted? GreetingTo(DemoNode peer) => peer.Key is { } key ? Greetings.GetValueOrDefault(key) : null;

    public ProcessEvent.Rtt? RoundTripTo(DemoNode peer) => peer.Key is { } key ? RoundTrips.GetValueOrDefault(key) : null;

    /// <summary>Why this node is not connected to a peer; null where it is.</summary>
    public string? WhyNotConnected(DemoNode peer) => Has(peer)
        ? null
        : WhyDown() ?? peer.WhyDown() ?? ProblemWith(peer) ?? "no connection came about";

    /// <summary>Why a greeting to a peer is not verified; null where it is.</summary>
    public string? WhyNotGreeted(DemoNode peer) => GreetingTo(peer) switch
    {
        { Verified: true } => null,
        { } wrong => wrong.Error ?? "the answer was wrong",
        null => WhyEnded() ?? peer.WhyEnded() ?? ProblemWith(peer) ?? "the greeting was not answered",
    };

    /// <summary>Why there is no round-trip time to a peer; null where there is one.</summary>
    public string? WhyNotMeasured(DemoNode peer) => RoundTripTo(peer) switch
    {
        { Ms: not null } => null,
        { } failed => $"no round-trip time: {failed.Error}",
        null => WhyEnded() ?? peer.WhyEnded() ?? ProblemWith(peer) ?? "the ping was not answered",
    };

    private string? ProblemWith(DemoNode peer) => peer.Key is { } key ? Problems.GetValueOrDefault(key) : null;

    private string? WhyEnded() => Ended is null ? null : $"peer{Number}: {Ended}";

    private string? WhyDown() =>
        WhyEnded()
        ?? (Key is null ? $"peer{Number} has not started"
            : !OnExchange ? $"peer{Number} is not at the exchange{(ExchangeError is null ? "" : ": " + ExchangeError)}"
            : null);
}
