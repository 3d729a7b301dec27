namespace KillaBeez.TestKit.Tests;

/// <summary>The README's test of a partition, as a user writes it.</summary>
// <partition>
public sealed class PartitionTests() : SwarmSimulationTest(seed: 7)
{
    [Fact]
    public void Partition_HealedAfterTenSeconds_LosesNoPeer()
    {
        var (alice, bob) = (Swarm.AddNode(), Swarm.AddNode());
        Swarm.RunFor(TimeSpan.FromSeconds(1));
        Swarm.Run(() => alice.CallAsync(bob.Id), limit: TimeSpan.FromSeconds(30));

        Swarm.Network.Partition([alice.Id], [bob.Id]);
        Swarm.RunFor(TimeSpan.FromSeconds(10));
        Swarm.Network.Heal();
        Swarm.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal([bob.Id], alice.PeerIds);
        Assert.Equal([alice.Id], bob.PeerIds);
    }
}
// </partition>
