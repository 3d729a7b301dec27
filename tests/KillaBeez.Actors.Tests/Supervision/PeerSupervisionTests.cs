using KillaBeez.Actors.Peers;
using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Supervision;

/// <summary>A peer that fails costs itself only; one that fails again and again is left alone for a while.</summary>
public sealed class PeerSupervisionTests
{
    [Fact]
    public void PeerActor_Failed_DisconnectsThatPeerOnlyAndIsReachedAgain()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var c = world.Swarm.AddNode();
        var (cAtA, _) = world.Connect(a, c);
        var (mine, _) = world.Open(bAtA, b);
        var events = world.Record(a);

        ActorTree.PeerActorOf(a, b.Id).Tell(Kill.Instance, ActorRefs.NoSender);
        var error = world.Fails(() => mine.Input.ReadAllAsync());
        Assert.Equal(KillaBeezError.SessionLost, error.Error);
        Assert.False(bAtA.IsConnected);
        Assert.True(cAtA.IsConnected);

        var again = world.Run(() => a.CallAsync(b.Id));
        Assert.NotSame(bAtA, again);
        Assert.True(world.Run(() => again.PingAsync()) > TimeSpan.Zero);
        Assert.Same(bAtA, Assert.Single(events.OfType<PeerDisconnectedEvent>()).Peer);
        Assert.True(cAtA.IsConnected);
    }

    [Fact]
    public void PeerActor_FailedWithCallsInItsMailbox_FailsThemAll()
    {
        var world = new World();
        using var _ = world;
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        var calls = new List<Task<Peer>>();
        world.Swarm.Simulation.Post(() => calls.Add(a.CallAsync(b.Id)));
        world.Until(() => ActorTree.Find(a, $"killabeez/peers/{b.Id}") is not null, "the peer's actor is made");
        var actor = ActorTree.PeerActorOf(a, b.Id);
        world.Swarm.Simulation.Post(() =>
        {
            calls.Add(a.CallAsync(b.Id));
            actor.Tell(Kill.Instance, ActorRefs.NoSender);
            calls.Add(a.CallAsync(b.Id));
        });

        world.Until(() => calls.Count == 3 && calls.TrueForAll(call => call.IsCompleted), "every call has an answer", World.Soon);
        Assert.All(calls.Where(call => call.IsFaulted), call => Assert.IsType<KillaBeezException>(call.Exception!.InnerException));
    }

    [Fact]
    public void PeerActor_FailingAgainAndAgain_IsQuarantinedAndOthersAreNot()
    {
        var (world, a, b, _, _) = World.Pair();
        using var __ = world;
        var c = world.Swarm.AddNode();
        var (cAtA, _) = world.Connect(a, c);

        KillaBeezException? refused = null;
        for (var failures = 0; refused is null; failures++)
        {
            Assert.True(failures < 20, "the peer is never quarantined");
            ActorTree.Find(a, $"killabeez/peers/{b.Id}")?.Tell(Kill.Instance, ActorRefs.NoSender);
            world.RunFor(0.01);
            try
            {
                world.Run(() => a.CallAsync(b.Id));
            }
            catch (KillaBeezException e)
            {
                refused = e;
            }
        }

        Assert.Equal(KillaBeezError.ProtocolViolation, refused.Error);
        Assert.Contains("failed repeatedly", refused.Message, StringComparison.Ordinal);
        Assert.True(cAtA.IsConnected);
        Assert.True(world.Run(() => cAtA.PingAsync()) > TimeSpan.Zero);

        // It ends: two seconds after the second failure, doubled by each further one.
        world.Until(() => a.PeerIds.Contains(b.Id), "the peer is taken again");
    }

    [Fact]
    public void Quarantine_GrowsWithFailuresAndIsForgiven()
    {
        var quarantine = new PeerQuarantine();
        using var key = KeyPair.Generate(new SeededRandomSource(1));
        var now = Instant.FromElapsed(TimeSpan.Zero);
        quarantine.NoteFailure(now, key.Id);
        Assert.False(quarantine.IsQuarantined(now, key.Id));

        foreach (var seconds in (ReadOnlySpan<int>)[2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600])
        {
            quarantine.NoteFailure(now, key.Id);
            Assert.True(quarantine.IsQuarantined(now + TimeSpan.FromSeconds(seconds - 0.1), key.Id));
            now += TimeSpan.FromSeconds(seconds);
            Assert.False(quarantine.IsQuarantined(now, key.Id));
        }

        now += TimeSpan.FromHours(1);
        quarantine.NoteFailure(now, key.Id);
        Assert.False(quarantine.IsQuarantined(now, key.Id));
    }
}
