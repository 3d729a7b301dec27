using Akka.Routing;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Routers inside of a simulation: who gets what is the seed's, for random ones too.</summary>
public sealed class RouterTests
{
    private const int MessageCount = 60;
    private const int RouteeCount = 5;
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Routers => ["random", "round-robin", "broadcast", "consistent-hashing", "smallest-mailbox"];

    [Theory]
    [MemberData(nameof(Routers))]
    public void Pool_EverySeedTwice_RoutesTheSame(string router)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var (hash, routed) = Run(router, seed);
            Assert.Equal(router == "broadcast" ? MessageCount * RouteeCount : MessageCount, routed.Count);
            Assert.True(routed.Select(entry => entry.Routee).Distinct().Count() > 1, $"{router} routes to one actor only");
            var (secondHash, secondRouted) = Run(router, seed);
            Assert.Equal(routed, secondRouted);
            Assert.Equal(hash, secondHash);
        }
    }

    [Fact]
    public void RandomPool_OtherSeed_RoutesOtherwise() => Assert.NotEqual(Run("random", 1).Routed, Run("random", 2).Routed);

    private static (ulong Hash, List<(string Routee, object Message)> Routed) Run(string router, ulong seed)
    {
        using var simulation = new Simulation(seed);
        var system = simulation.CreateSystem("a");
        var routed = new List<(string, object)>();
        var props = LambdaActor.Of((message, context) => routed.Add((context.Self.Path.Name, message))).WithRouter(PoolOf(router));
        var pool = simulation.Do(() => system.ActorOf(props, "pool"));
        for (var i = 0; i < MessageCount; i++)
        {
            var number = i;
            simulation.Do(() => pool.Tell(new ConsistentHashableEnvelope(number, number)));
        }

        simulation.RunFor(_second);
        simulation.ThrowIfForeign();
        return (simulation.HistoryHash, routed);
    }

    private static Pool PoolOf(string router) => router switch
    {
        "random" => new RandomPool(RouteeCount),
        "round-robin" => new RoundRobinPool(RouteeCount),
        "broadcast" => new BroadcastPool(RouteeCount),
        "consistent-hashing" => new ConsistentHashingPool(RouteeCount),
        _ => new SmallestMailboxPool(RouteeCount),
    };
}
