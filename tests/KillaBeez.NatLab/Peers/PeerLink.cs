using KillaBeez.Cli.Bench.Agents;
using KillaBeez.NatLab.Namespaces;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Peers;

/// <summary>A connection between two peers; the descriptions travel through this process.</summary>
internal sealed class PeerLink
{
    private const int MessageBytes = 16 * 1024;
    private const int MaxDescriptions = 5;

    private readonly int _id;
    private readonly LabPeer _offerer;
    private readonly LabPeer _answerer;
    private readonly string _offer;
    private readonly string _answer;

    private PeerLink(int id, LabPeer offerer, string offer, LabPeer answerer, string answer)
    {
        _id = id;
        _offerer = offerer;
        _offer = offer;
        _answerer = answerer;
        _answer = answer;
    }

    /// <summary>From the beginning of the offer, gathering and signalling included, until the channel was open.</summary>
    public TimeSpan SetUpTime { get; private set; }

    /// <summary>What each end has told the other of itself.</summary>
    public IReadOnlyList<string> Descriptions => [_offer, _answer];

    /// <summary>Connects the peers; null where they do not within the time, which begins when both have the other's description.</summary>
    public static async Task<PeerLink?> TryConnectAsync(int id, LabPeer offerer, LabPeer answerer, TimeSpan patience)
    {
        var offer = await DescribeAsync<AgentEvent.Offer>(offerer, new AgentCommand.Offer { Id = id }, e => e.Sdp);
        var answer = await DescribeAsync<AgentEvent.Answer>(answerer, new AgentCommand.Answer { Id = id, Sdp = offer }, e => e.Sdp);
        offerer.Tell(new AgentCommand.SetAnswer { Id = id, Sdp = answer });
        var link = new PeerLink(id, offerer, offer, answerer, answer);
        try
        {
            var open = await offerer.ExpectAsync<AgentEvent.Open>(id, patience);
            await answerer.ExpectAsync<AgentEvent.RemoteOpen>(id, Patience.Bound);
            link.SetUpTime = TimeSpan.FromMilliseconds(open.Ms);
            return link;
        }
        catch (TimeoutException)
        {
            await link.CloseAsync();
            return null;
        }
    }

    /// <summary>
    /// Has a peer describe itself. On a machine that is busy enough a server answers after the peer has stopped waiting
    /// for it; a description without any address is not worth carrying then, and the peer is asked again.
    /// </summary>
    private static async Task<string> DescribeAsync<T>(LabPeer peer, AgentCommand command, Func<T, string> sdpOf)
        where T : AgentEvent
    {
        for (var attempt = 1; ; attempt++)
        {
            peer.Tell(command);
            var sdp = sdpOf(await peer.ExpectAsync<T>(command.Id, Patience.Bound));
            if (attempt == MaxDescriptions || sdp.Contains("a=candidate:", StringComparison.Ordinal))
            {
                return sdp;
            }

            peer.Tell(new AgentCommand.Close { Id = command.Id });
            await peer.ExpectAsync<AgentEvent.Closed>(command.Id, Patience.Bound);
        }
    }

    /// <summary>Connects the peers or fails the test.</summary>
    public static async Task<PeerLink> ConnectAsync(int id, LabPeer offerer, LabPeer answerer, TimeSpan patience) =>
        await TryConnectAsync(id, offerer, answerer, patience)
        ?? throw new LabException($"{offerer.Site.Kind} and {answerer.Site.Kind} did not connect within {patience.TotalSeconds:0} s.");

    /// <summary>How they are connected at the moment; null where a side has no path.</summary>
    public async Task<PeerPath?> PathAsync() => PeerPath.From(await StatsAsync(_offerer), _offer, await StatsAsync(_answerer), _answer);

    /// <summary>Sends bytes from the offerer to the answerer; what the answerer says it got is in the result.</summary>
    public Task<AgentEvent.Sent> SendAsync(long totalBytes, TimeSpan patience)
    {
        _offerer.Tell(new AgentCommand.Send { Id = _id, Size = MessageBytes, Total = totalBytes });
        return _offerer.ExpectAsync<AgentEvent.Sent>(_id, patience);
    }

    /// <summary>What an end knows of the connection.</summary>
    public async Task<AgentEvent.Stats> StatsAsync(LabPeer end)
    {
        end.Tell(new AgentCommand.Stats { Id = _id });
        return await end.ExpectAsync<AgentEvent.Stats>(_id, Patience.Bound);
    }

    /// <summary>Waits until an end asks for it, and carries a further offer of that end and its answer.</summary>
    public async Task RestartAsync(LabPeer end, TimeSpan patience)
    {
        await end.ExpectAsync<AgentEvent.Negotiate>(_id, patience);
        var other = end == _offerer ? _answerer : _offerer;
        end.Tell(new AgentCommand.Reoffer { Id = _id });
        other.Tell(new AgentCommand.Reanswer { Id = _id, Sdp = (await end.ExpectAsync<AgentEvent.Offer>(_id, Patience.Bound)).Sdp });
        end.Tell(new AgentCommand.SetAnswer { Id = _id, Sdp = (await other.ExpectAsync<AgentEvent.Answer>(_id, Patience.Bound)).Sdp });
    }

    /// <summary>Closes both ends and waits until they are.</summary>
    public async Task CloseAsync()
    {
        foreach (var peer in new[] { _offerer, _answerer })
        {
            peer.Tell(new AgentCommand.Close { Id = _id });
            try
            {
                await peer.ExpectAsync<AgentEvent.Closed>(_id, Patience.Bound);
            }
            catch (LabException)
            {
                // The other end's closing came first, and there is no such connection any more.
            }
        }
    }
}
