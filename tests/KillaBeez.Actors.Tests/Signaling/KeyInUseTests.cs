using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Signaling;

/// <summary>One key in several nodes.</summary>
public sealed class KeyInUseTests : IDisposable
{
    private const string Told = "Another node or program uses this node's key at the exchange";

    private readonly World _world = new(18);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void TenNodesOfOneKey_AllButOneAreToldAndNoStormComesOfIt()
    {
        var nodes = Enumerable.Range(0, 10).Select(_ => AddNode()).ToList();
        var events = nodes.ConvertAll(node => _world.Record(node));
        _world.RunFor(30);

        // Before: 125 subscriptions and 117 evictions.
        Assert.InRange(_world.Swarm.Exchange.Counters.Subscriptions, 10, 30);
        Assert.Equal(1, _world.Swarm.Exchange.ConnectionCount);
        Assert.Equal(9, events.Count(e => e.OfType<ExchangeStateEvent>().Any(s => !s.IsReady && s.Reason!.StartsWith(Told, StringComparison.Ordinal))));
        Assert.Single(events, e => e.OfType<ExchangeStateEvent>().Last().IsReady);

        // Asking goes on with longer and longer pauses.
        var before = _world.Swarm.Exchange.Counters.Subscriptions;
        _world.RunFor(600);
        Assert.InRange(_world.Swarm.Exchange.Counters.Subscriptions - before, 9, 60);
        Assert.Single(events, e => e.OfType<ExchangeStateEvent>().Last().IsReady);
    }

    [Fact]
    public void TheOtherNodeIsGone_TheFirstComesBack()
    {
        var first = AddNode();
        var events = _world.Record(first);
        _world.RunFor(90);
        var second = AddNode();
        _world.RunFor(1);
        Assert.False(events.OfType<ExchangeStateEvent>().Last().IsReady);

        second.Kill();
        _world.Until(() => events.OfType<ExchangeStateEvent>().Last().IsReady, "the key is this node's again", TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void TwoRunsOfOneSeed_HaveOneHistory()
    {
        var hashes = new HashSet<ulong>();
        for (var run = 0; run < 2; run++)
        {
            using var world = new World(180);
            for (var i = 0; i < 4; i++)
            {
                world.Swarm.AddNode(new SwarmOptions { KeyPair = KeyPair.FromSeed(SeedOf(i % 2)), MeshDegree = 0 });
            }

            world.RunFor(120);
            hashes.Add(world.Swarm.HistoryHash);
        }

        Assert.Single(hashes);
    }

    private static byte[] SeedOf(int key) => [.. Enumerable.Repeat((byte)(key + 1), 32)];

    private SimulatedNode AddNode() => _world.Swarm.AddNode(new SwarmOptions { KeyPair = KeyPair.FromSeed(SeedOf(7)), MeshDegree = 0 });
}
