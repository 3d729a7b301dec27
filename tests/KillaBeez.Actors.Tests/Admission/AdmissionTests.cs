using KillaBeez.Actors.Tests.BadInput;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Actors.Tests.Admission;

/// <summary>Who may cost a node something, with real nodes: the cases S5, S6, S8 and S9, and calls to nodes without a mesh.</summary>
public sealed class AdmissionTests : IDisposable
{
    private readonly World _world = new(31);
    private readonly SeededRandomSource _random = new(32);
    private readonly List<HostileLink> _links = [];
    private readonly List<string> _failures = [];

    public AdmissionTests() =>
        _world.Swarm.Simulation.FailureObserver = failure => _failures.Add($"{failure.Actor}: {failure.Cause}");

    public void Dispose()
    {
        _links.ForEach(link => link.Dispose());
        _world.Dispose();
    }

    /// <summary>S5: one connected peer has 550 keys called by frames that nobody signs.</summary>
    [Fact]
    public void Informs_OfOnePeer_CostItsShareAndNobodyElses()
    {
        var victim = _world.Swarm.AddNode();
        using var key = LargerKeyThan(victim.Id);
        var hostile = _world.Swarm.AddNode(
            new SwarmOptions { KeyPair = key },
            transport => new HostileTransport(transport, _world.Swarm.Simulation, link =>
            {
                _links.Add(link);
                link.ShakeHands(key, victim.Id);
            }));
        _world.RunFor(1);
        _world.Swarm.Simulation.Post(() => _ = hostile.CallAsync(victim.Id).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default));
        _world.Until(() => victim.PeerIds.Contains(key.Id), "the hostile peer is connected", World.Soon);
        _world.RunFor(1);

        var link = _links[^1];
        SubstreamId? substream = link.Mux!.Open(link.Now, "signal", []);
        byte[] frames = [.. Enumerable.Range(0, 550).SelectMany(_ =>
        {
            using var invented = KeyPair.Generate(_random);
            return RoutingFrame.Informed(invented.Id);
        })];
        var (written, mostLinks, mostPeers) = (0, 0, 0);
        _world.Swarm.RunUntil(
            () =>
            {
                if (written < frames.Length)
                {
                    written += link.Mux!.Write(link.Now, substream!.Value, frames.AsSpan(written));
                    link.Turn();
                }

                (mostLinks, mostPeers) = (Math.Max(mostLinks, victim.PendingLinks), Math.Max(mostPeers, PeersOf(victim)));
                return false;
            },
            World.Soon);
        Assert.Equal(frames.Length, written);
        Assert.InRange(mostLinks, 2, AdmissionLimits.Default.InformedInProgress);
        Assert.InRange(mostPeers, 1 + mostLinks, 1 + AdmissionLimits.Default.InformBurst);

        var friend = _world.Swarm.AddNode();
        _world.RunFor(1);
        AssertTakesLessThan(2, () => victim.CallAsync(friend.Id));
        Assert.Empty(_failures);
    }

    /// <summary>S6: candidates right behind the first offer of a stranger.</summary>
    [Fact]
    public void Candidates_RightBehindAFirstOffer_AreNotLost()
    {
        CandidateTransport? calling = null;
        CandidateTransport? called = null;
        string[] candidates = [.. Enumerable.Range(1, 20).Select(i => $"candidate-{i}")];
        var caller = _world.AddBehind(transport: links => calling = new CandidateTransport(links, candidates));
        var victim = _world.AddBehind(transport: links => called = new CandidateTransport(links, []));
        _world.RunFor(1);
        Assert.True(_world.Run(() => caller.CallAsync(victim.Id)).IsConnected);
        Assert.Equal(candidates, called!.Received);
        Assert.Empty(calling!.Received);
        Assert.Empty(_failures);
    }

    /// <summary>S9: 200 offers a second of fresh keys, and ten calls of our own meanwhile.</summary>
    [Fact]
    public void StrangersFlood_OwnCallsAllSucceed()
    {
        InjectingExchange? exchange = null;
        var victim = _world.AddBehind(inner => exchange = new InjectingExchange(inner) { HidesErrors = true });
        SimulatedNode[] friends = [.. Enumerable.Range(0, 10).Select(_ => _world.Swarm.AddNode(new SwarmOptions { MeshDegree = 0 }))];
        _world.RunFor(1);
        using var nobody = KeyPair.Generate(_random);
        var strangers = new SimulatedLinkTransport(_world.Network, _world.Network.AddHost(nobody.Id));
        var (mostLinks, mostPeers) = (0, 0);
        for (var i = 0; i < 6_000; i++)
        {
            _world.Swarm.Simulation.Schedule(TimeSpan.FromMilliseconds(5 * i), () =>
            {
                strangers.Offer(new OfferObserver(text => exchange!.Inject(StrangersOffer(victim.Id, text))));
                (mostLinks, mostPeers) = (Math.Max(mostLinks, victim.PendingLinks), Math.Max(mostPeers, PeersOf(victim)));
            });
        }

        var begun = _world.Swarm.Now;
        for (var i = 0; i < 10; i++)
        {
            _world.Swarm.RunFor(begun + TimeSpan.FromSeconds(1 + (2.8 * i)) - _world.Swarm.Now);
            AssertTakesLessThan(1, () => victim.CallAsync(friends[i].Id));
        }

        Assert.True(_world.Swarm.Now < begun + TimeSpan.FromSeconds(30), "the flood was over before the last call");
        Assert.Equal(friends.Select(f => f.Id).Order(), victim.PeerIds.Order());
        Assert.InRange(mostLinks, AdmissionLimits.StrangersPendingLinks / 2, AdmissionLimits.StrangersPendingLinks + 1);
        Assert.InRange(mostPeers, AdmissionLimits.StrangersInProgress / 2, AdmissionLimits.StrangersInProgress + friends.Length + 2);
        Assert.Empty(_failures);

        // What the strangers cost is over soon after them.
        _world.RunFor(60);
        Assert.Equal((0, friends.Length), (victim.PendingLinks, PeersOf(victim)));
    }

    /// <summary>A node that wants no mesh is called by applications all the same, and by no mesh.</summary>
    [Fact]
    public void NodeWithoutAMesh_IsCalledByApplicationsOnly()
    {
        var quiet = _world.Swarm.AddNode(new SwarmOptions { MeshDegree = 0 });
        var (a, b, c) = (_world.Swarm.AddNode(), _world.Swarm.AddNode(), _world.Swarm.AddNode());
        _world.RunFor(1);
        AssertTakesLessThan(1, () => a.CallAsync(quiet.Id));
        AssertTakesLessThan(1, () => b.CallAsync(a.Id));
        AssertTakesLessThan(1, () => c.CallAsync(a.Id));
        _world.RunFor(120);
        Assert.Equal([a.Id], quiet.PeerIds);
        Assert.Contains(c.Id, b.PeerIds);
        AssertTakesLessThan(1, () => b.CallAsync(quiet.Id));
        Assert.Empty(_failures);
    }

    /// <summary>S8: everybody knows one node only, which has places for a few of them.</summary>
    [Theory]
    [InlineData(1, 1024)]
    [InlineData(2, 8)]
    [InlineData(3, 8)]
    [InlineData(4, 16)]
    [InlineData(5, 4)]
    public void Newcomers_ThatKnowOneNodeOnly_AllGetIn(ulong seed, int places)
    {
        using var world = new World(seed);
        var hub = world.Swarm.AddNode(new SwarmOptions { MeshDegree = 4, MaxPeers = places });
        SimulatedNode[] newcomers = [.. Enumerable.Range(0, 30).Select(_ => world.Swarm.AddNode(new SwarmOptions { MeshDegree = 4 }))];
        world.RunFor(1);
        var calls = new List<Task<Peer>>();
        foreach (var newcomer in newcomers)
        {
            world.Swarm.Simulation.Post(() => calls.Add(newcomer.CallAsync(hub.Id)));
        }

        SimulatedNode[] all = [hub, .. newcomers];
        for (var i = 0; i < 60 && Reached(hub, all) < all.Length; i++)
        {
            world.RunFor(1);
        }

        Assert.True(
            Reached(hub, all) == all.Length,
            $"{Reached(hub, all)} of {all.Length} are in; links: {string.Join(' ', all.Select(node => node.PeerIds.Count()))}; calls: {string.Join(' ', calls.Select(call => call.Exception?.InnerException?.Message ?? "fine"))}");
        Assert.InRange(hub.PeerIds.Count(), 1, places);
    }

    /// <summary>How many nodes are joined to one, by however many links.</summary>
    private static int Reached(SimulatedNode from, IReadOnlyList<SimulatedNode> all)
    {
        var byId = all.ToDictionary(node => node.Id);
        var reached = new HashSet<PeerId> { from.Id };
        var waiting = new Queue<PeerId>([from.Id]);
        while (waiting.TryDequeue(out var id))
        {
            foreach (var peer in byId[id].PeerIds.Where(reached.Add))
            {
                waiting.Enqueue(peer);
            }
        }

        return reached.Count;
    }

    private static int PeersOf(SimulatedNode node) =>
        ActorTree.Below(node, "/killabeez/peers/").Count(actor => !actor.Path.ToString().Split("/killabeez/peers/")[1].Contains('/', StringComparison.Ordinal));

    private static KeyPair LargerKeyThan(PeerId id)
    {
        for (ulong seed = 100; ; seed++)
        {
            var key = KeyPair.Generate(new SeededRandomSource(seed));
            if (key.Id > id)
            {
                return key;
            }

            key.Dispose();
        }
    }

    private byte[] StrangersOffer(PeerId to, string text)
    {
        using var stranger = KeyPair.Generate(_random);
        var offer = new SignalContent { Kind = SignalKind.Offer, Call = SignalCallId.Generate(_random), Body = text };
        return new SignalMessage { Signal = SignalSealer.Seal(stranger, to, offer, _world.Swarm.Simulation.UtcNow.ToUnixTimeMilliseconds(), _random) }.ToJson();
    }

    private void AssertTakesLessThan(double seconds, Func<Task<Peer>> call)
    {
        var begun = _world.Swarm.Now;
        Assert.True(_world.Run(call).IsConnected);
        Assert.InRange((_world.Swarm.Now - begun).TotalSeconds, 0, seconds);
    }
}
