using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>The usual ways in which signalling brings two agents together.</summary>
internal static class IceConnections
{
    public static readonly string[] LeftV4 = ["10.0.0.1:5001"];
    public static readonly string[] RightV4 = ["10.0.0.2:6001"];
    public static readonly string[] LeftV6 = ["[2001:db8::1]:5002"];
    public static readonly string[] RightV6 = ["[2001:db8::2]:6002"];

    public static string[] Left(string families) => Choose(families, LeftV4, LeftV6);

    public static string[] Right(string families) => Choose(families, RightV4, RightV6);

    /// <summary>Descriptions with all candidates, the answer a moment after the offer.</summary>
    public static void SignalFull(this IceNetwork network, IceNode offerer, IceNode answerer, double delayMs = 20)
    {
        Prepare(network, offerer, IceRole.Controlling);
        Prepare(network, answerer, IceRole.Controlled);
        network.After(delayMs, () => Describe(network, to: answerer, from: offerer, isComplete: true));
        network.After(2 * delayMs, () => Describe(network, to: offerer, from: answerer, isComplete: true));
    }

    /// <summary>Descriptions without candidates; those follow one by one and may overtake the description.</summary>
    public static void SignalTrickled(this IceNetwork network, IceNode offerer, IceNode answerer, IRandomSource random, double delayMs = 20)
    {
        Prepare(network, offerer, IceRole.Controlling);
        Prepare(network, answerer, IceRole.Controlled);
        network.After(delayMs, () => Describe(network, to: answerer, from: offerer, isComplete: false));
        network.After(2 * delayMs, () => Describe(network, to: offerer, from: answerer, isComplete: false));
        Trickle(network, offerer, answerer, random, delayMs);
        Trickle(network, answerer, offerer, random, delayMs);
    }

    public static void Prepare(IceNetwork network, IceNode node, IceRole role)
    {
        node.Agent.SetRole(network.Now, role);
        for (var i = 0; i < node.Addresses.Count; i++)
        {
            node.Agent.AddLocalCandidate(network.Now, node.Candidate(i));
        }
    }

    public static void Describe(IceNetwork network, IceNode to, IceNode from, bool isComplete)
    {
        to.Agent.SetRemoteCredentials(network.Now, from.Agent.LocalCredentials, isLite: false);
        if (isComplete)
        {
            AddCandidates(network, to, from);
            to.Agent.SetEndOfRemoteCandidates(network.Now);
        }
    }

    public static void AddCandidates(IceNetwork network, IceNode to, IceNode from)
    {
        for (var i = 0; i < from.Addresses.Count; i++)
        {
            to.Agent.AddRemoteCandidate(network.Now, from.Candidate(i));
        }
    }

    private static void Trickle(IceNetwork network, IceNode from, IceNode to, IRandomSource random, double delayMs)
    {
        for (var i = 0; i < from.Addresses.Count; i++)
        {
            var line = (from.Candidate(i) with { Ufrag = from.Agent.LocalCredentials.Ufrag }).ToString();
            network.After(random.NextDouble() * 6 * delayMs, () =>
            {
                Assert.True(IceCandidateLine.TryParse(line, out var candidate, out var error), error.ToString());
                to.Agent.AddRemoteCandidate(network.Now, candidate!);
            });
        }

        network.After(7 * delayMs, () => to.Agent.SetEndOfRemoteCandidates(network.Now));
    }

    private static string[] Choose(string families, string[] v4, string[] v6) => families switch
    {
        "v4" => v4,
        "v6" => v6,
        _ => [.. v4, .. v6],
    };
}
