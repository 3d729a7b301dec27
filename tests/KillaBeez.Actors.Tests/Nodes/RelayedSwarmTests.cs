using System.Net;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Tests;
using KillaBeez.Turn;
using KillaBeez.WebRtc.PeerConnections;
using static KillaBeez.Actors.Tests.BadInput.RealExchange;

namespace KillaBeez.Actors.Tests.Nodes;

/// <summary>A swarm that shows no address of its machines: everything through a TURN server of ours.</summary>
public sealed class RelayedSwarmTests
{
    private static readonly TimeSpan _bound = Patience.Bound;

    [Fact]
    public async Task RelayOnly_TwoNodes_TalkThroughTheRelay()
    {
        await using var turn = await TurnServer.StartAsync(new TurnServerOptions
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Secrets = ["shared with the server"],
            AllowedPeerNetworks = [IPNetwork.Parse("127.0.0.0/8")],
        });
        await using var exchange = await StartExchangeAsync();
        await using var a = await SwarmNode.StartAsync(Options(AddressOf(exchange), turn));
        await using var b = await SwarmNode.StartAsync(Options(AddressOf(exchange), turn));
        b.SubstreamOpened += (_, e) => _ = EchoAsync(e.Substream);

        var peer = await a.CallAsync(b.Id).WaitAsync(Patience.Bound);
        await using var substream = await peer.OpenAsync("echo").WaitAsync(_bound);
        var content = PipeHelper.Content(1, 1_000_000);
        var reading = substream.Input.ReadAllAsync();
        await substream.Output.WriteAllAsync(content).WaitAsync(_bound);

        Assert.Equal(content, await reading.WaitAsync(_bound));

        // One a node. A call that is repeated while its first attempt lives is answered on a second set of sockets, which has
        // an allocation of its own (SocketSets).
        Assert.InRange(turn.GetStatistics().Allocations, 2, 4);
        Assert.True(turn.GetStatistics().BytesToPeers > 2 * content.Length);
    }

    [Fact]
    public async Task IceServers_WrongCredentials_AreReportedAndCanBeRenewed()
    {
        await using var turn = await TurnServer.StartAsync(new TurnServerOptions
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Secrets = ["shared with the server"],
        });
        await using var node = await SwarmNode.StartAsync(new SwarmOptions
        {
            IceServers = { IceServer.Create($"turn:{turn.UdpEndPoints[0]}", "9999999999:node", "guessed") },
        });

        var failure = await FirstFailureAsync(node).WaitAsync(_bound);
        Assert.Equal(turn.UdpEndPoints[0].ToString(), failure.Server);
        Assert.DoesNotContain("guessed", failure.Reason, StringComparison.Ordinal);

        var credentials = TurnCredentials.Create("shared with the server", "node", TimeSpan.FromHours(1), DateTimeOffset.UtcNow);
        node.SetIceServers([IceServer.Create($"turn:{turn.UdpEndPoints[0]}", credentials.Username, credentials.Password)]);
        await WaitUntil.HoldsAsync(() => turn.GetStatistics().Allocations >= 1);
    }

    private static async Task<IceServerFailedEvent> FirstFailureAsync(SwarmNode node)
    {
        await foreach (var e in node.Events)
        {
            if (e is IceServerFailedEvent failure)
            {
                return failure;
            }
        }

        throw new InvalidOperationException("The node stopped.");
    }

    private static SwarmOptions Options(Uri exchange, TurnServer turn)
    {
        var credentials = TurnCredentials.Create("shared with the server", "node", TimeSpan.FromHours(1), DateTimeOffset.UtcNow);
        return new SwarmOptions
        {
            Exchanges = { exchange },
            IceServers = { IceServer.Create($"turn:{turn.UdpEndPoints[0]}", credentials.Username, credentials.Password) },
            RelayOnly = true,
        };
    }

    private static async Task EchoAsync(Substream substream)
    {
        var all = await substream.Input.ReadAllAsync();
        await substream.Output.WriteAllAsync(all);
    }
}
