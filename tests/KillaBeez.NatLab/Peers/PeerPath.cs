using KillaBeez.Cli.Bench.Agents;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.NatLab.Peers;

/// <summary>
/// How two peers are connected: each is called what the other one sees of it, by its description. An address that
/// stands in no description is peer-reflexive.
/// </summary>
/// <param name="Offerer">What the answerer sends to.</param>
/// <param name="Answerer">What the offerer sends to.</param>
/// <param name="IsTcp">Whether it goes over TCP between the two peers; a relay's own transport does not count.</param>
internal sealed record PeerPath(string Offerer, string Answerer, bool IsTcp)
{
    public bool IsRelayed => Offerer == "relay" || Answerer == "relay";

    public static PeerPath? From(AgentEvent.Stats ofOfferer, string offer, AgentEvent.Stats ofAnswerer, string answer) =>
        ofAnswerer.RemoteAddress is { } offerer && ofOfferer.RemoteAddress is { } answerer
            ? new PeerPath(TypeOf(offerer, offer), TypeOf(answerer, answer), ofOfferer.Protocol == "tcp")
            : null;

    public override string ToString() => $"{(IsTcp ? "tcp " : "")}{Offerer} - {Answerer}";

    private static string TypeOf(string address, string sdp)
    {
        foreach (var line in sdp.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("a=candidate:", StringComparison.Ordinal)))
        {
            if (IceCandidateLine.TryParse(line, out var candidate, out _) && candidate!.Address.ToIPEndPoint().ToString() == address)
            {
                return candidate.Type switch
                {
                    IceCandidateType.Host => "host",
                    IceCandidateType.ServerReflexive => "srflx",
                    IceCandidateType.Relayed => "relay",
                    _ => "prflx",
                };
            }
        }

        return "prflx";
    }
}
