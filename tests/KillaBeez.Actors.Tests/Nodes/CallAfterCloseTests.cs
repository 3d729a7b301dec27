using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Nodes;

/// <summary>Case S14: a call right after the session was closed, when the old link is not yet gone.</summary>
public sealed class CallAfterCloseTests
{
    private const ulong Seeds = 50;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(1);

    [Fact]
    public void CallAsync_RightAfterCloseAsync_ConnectsWithinASecond()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var (world, a, b, bAtA, _) = World.Pair(seed);
            using var closing = world;
            world.Run(() => bAtA.CloseAsync());
            var began = world.Swarm.Now;
            var peer = world.Run(() => a.CallAsync(b.Id));
            Assert.True(world.Swarm.Now - began < _limit, $"seed {seed}: it took {world.Swarm.Now - began}");
            Assert.True(peer.IsConnected);
            Assert.NotSame(bAtA, peer);
        }
    }

    [Fact]
    public void CallAsync_InsideOfPeerDisconnected_ConnectsWithinASecond()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var (world, _, b, bAtA, aAtB) = World.Pair(seed);
            using var closing = world;
            Task<Peer>? call = null;
            b.Node.PeerDisconnected += (_, e) => call ??= b.CallAsync(e.Peer.Id);
            world.Run(() => bAtA.CloseAsync());
            var began = world.Swarm.Now;
            world.Until(() => call is { IsCompleted: true }, $"the call is answered (seed {seed})", _limit + TimeSpan.FromSeconds(1));
            Assert.NotSame(aAtB, world.Swarm.Simulation.RunUntilCompleted(call!, TimeSpan.Zero));
        }
    }
}
