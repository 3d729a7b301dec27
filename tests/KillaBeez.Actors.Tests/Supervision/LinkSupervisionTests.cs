using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Supervision;

/// <summary>What a link's end costs: time, and nothing else.</summary>
public sealed class LinkSupervisionTests
{
    [Fact]
    public void LinkActor_Killed_IsRedialledAndTheSamePeerResumes()
    {
        var (world, a, b, bAtA, aAtB) = World.Pair();
        using var _ = world;
        var (atA, atB) = (world.Record(a), world.Record(b));

        KillLinks(a, b);
        world.Until(() => atA.OfType<PeerResumedEvent>().Any() && atB.OfType<PeerResumedEvent>().Any(), "both sides resume", World.Soon);

        Assert.Equal([new PeerStalledEvent(bAtA), new PeerResumedEvent(bAtA)], atA.Where(IsAboutLinks));
        Assert.Contains(new PeerResumedEvent(aAtB), atB);
        Assert.Same(bAtA, Assert.Single(a.Node.Peers));
        Assert.Same(aAtB, Assert.Single(b.Node.Peers));
        Assert.True(bAtA.IsConnected);
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
        Assert.Equal(0, world.Swarm.ForeignPosts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Transfer_AcrossRepeatedLinkDeaths_ArrivesExactly(ulong seed)
    {
        var (world, a, b, bAtA, _) = World.Pair(seed);
        using var __ = world;

        // A slow way: a megabyte takes about the time of one round trip.
        world.Network.Defaults = new PathConditions { Latency = TimeSpan.FromMilliseconds(150), Jitter = TimeSpan.FromMilliseconds(50) };
        var content = PipeHelper.Content(seed, 6 * 1024 * 1024);
        var (mine, theirs) = world.Open(bAtA, b);
        byte[]? received = null;
        byte[]? answer = null;
        world.Swarm.Simulation.Post(() => _ = TransferAsync());

        // The ways a link ends: its actor fails at either side, its path is cut, a message is altered on the way.
        var random = new SeededRandomSource(seed);
        var deaths = 0;
        while (received is null || answer is null)
        {
            world.Swarm.RunFor(TimeSpan.FromMilliseconds(random.NextInt32(100, 700)));
            Assert.True(world.Swarm.Now < TimeSpan.FromMinutes(10), $"seed {seed}: the transfer takes too long");
            if (deaths < 12)
            {
                deaths++;
                EndLink(world, a, b, random.NextInt32(0, 4));
            }
        }

        Assert.True(deaths >= 3, "the transfer was over before links died");
        Assert.True(content.AsSpan().SequenceEqual(received), $"seed {seed}: what arrived is not what was sent");
        Assert.True(content.AsSpan().SequenceEqual(answer), $"seed {seed}: what came back is not what was sent");
        Assert.True(bAtA.IsConnected);
        Assert.Equal(0, world.Swarm.ForeignPosts);

        async Task TransferAsync()
        {
            var writing = mine.Output.WriteAllAsync(content);
            var echoing = EchoAsync();
            answer = await mine.Input.ReadAllAsync();
            await writing;
            await echoing;
        }

        async Task EchoAsync()
        {
            var all = new MemoryStream();
            while (true)
            {
                var read = await theirs.Input.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    all.Write(segment.Span);
                    await theirs.Output.WriteAsync(segment);
                }

                theirs.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    received = all.ToArray();
                    await theirs.Output.CompleteAsync();
                    return;
                }
            }
        }
    }

    [Fact]
    public void AlteredMessage_CostsItsLinkOnly()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (mine, theirs) = world.Open(bAtA, b);
        var events = world.Record(b);
        var link = Assert.Single(ActorTree.ChildrenOf(b, a.Id, "link-"), IsLink);

        world.Network.CorruptNextMessage(a.Id, b.Id);
        var content = PipeHelper.Content(9, 10_000);
        world.Run(async () =>
        {
            await mine.Output.WriteAsync(content);
            Assert.Equal(content, await theirs.Input.ReadExactlyAsync(content.Length));
        });

        Assert.DoesNotContain(link, ActorTree.ChildrenOf(b, a.Id, "link-"));
        Assert.Single(events.OfType<PeerStalledEvent>());
        Assert.Single(events.OfType<PeerResumedEvent>());
        Assert.Empty(events.OfType<PeerDisconnectedEvent>());
    }

    [Fact]
    public void CipherActor_Failed_CostsItsLinkOnly()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var cipher = Assert.Single(ActorTree.Below(a, "/cipher"));

        cipher.Tell(Kill.Instance, ActorRefs.NoSender);
        world.RunFor(0.001);
        Assert.DoesNotContain(cipher, ActorTree.Below(a, "/cipher"));
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
        Assert.Same(bAtA, Assert.Single(a.Node.Peers));
    }

    [Fact]
    public void Redial_WhileThePeerCannotBeReached_BacksOff()
    {
        var (world, a, b, bAtA, _) = World.Pair(options: new SwarmOptions { ResumeWindow = TimeSpan.FromMinutes(10) });
        using var __ = world;
        world.Network.Defaults = world.Network.Defaults with { AttemptFailures = 1 };
        world.Network.CutLinks(a.Id, b.Id);

        var attempts = CountAttempts(world, a, b, TimeSpan.FromMinutes(1));
        var later = CountAttempts(world, a, b, TimeSpan.FromMinutes(1));
        Assert.InRange(attempts, 2, 60);
        Assert.InRange(later, 1, attempts);
        Assert.True(bAtA.IsConnected, "the session waits");

        world.Network.Defaults = new PathConditions();
        world.Until(() => ActorTree.Below(a, "/cipher").Any(), "the peer is dialled again");
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
    }

    [Fact]
    public void NoLinkWithinTheResumeWindow_EndsTheSession()
    {
        var (world, a, b, bAtA, _) = World.Pair(options: new SwarmOptions { ResumeWindow = TimeSpan.FromSeconds(5) });
        using var __ = world;
        var (mine, _) = world.Open(bAtA, b);
        var events = world.Record(a);
        world.Network.Defaults = world.Network.Defaults with { AttemptFailures = 1 };
        world.Network.CutLinks(a.Id, b.Id);

        var error = world.Fails(() => mine.Input.ReadAllAsync());
        world.RunFor(0.1);
        Assert.Equal(KillaBeezError.SessionLost, error.Error);
        Assert.False(bAtA.IsConnected);
        Assert.Contains("Expired", Assert.Single(events.OfType<PeerDisconnectedEvent>()).Reason, StringComparison.Ordinal);
        Assert.InRange(world.Swarm.Now.TotalSeconds, 4, 15);
    }

    private static int CountAttempts(World world, SimulatedNode a, SimulatedNode b, TimeSpan time)
    {
        var seen = new HashSet<string>();
        var end = world.Swarm.Now + time;
        while (world.Swarm.Now < end)
        {
            world.Swarm.RunFor(TimeSpan.FromMilliseconds(20));
            seen.UnionWith(ActorTree.ChildrenOf(a, b.Id, "link-").Select(actor => actor.Path.ToString()));
        }

        return seen.Count;
    }

    private static bool IsAboutLinks(SwarmEvent e) => e is PeerStalledEvent or PeerResumedEvent or PeerDisconnectedEvent;

    private static bool IsLink(IActorRef actor) => !actor.Path.ToString().EndsWith("/cipher", StringComparison.Ordinal);

    private static void KillLinks(SimulatedNode node, SimulatedNode other)
    {
        foreach (var link in ActorTree.ChildrenOf(node, other.Id, "link-").Where(IsLink))
        {
            link.Tell(Kill.Instance, ActorRefs.NoSender);
        }
    }

    private static void EndLink(World world, SimulatedNode a, SimulatedNode b, int way)
    {
        switch (way)
        {
            case 0: KillLinks(a, b); break;
            case 1: KillLinks(b, a); break;
            case 2: world.Network.CutLinks(a.Id, b.Id); break;
            default: world.Network.CorruptNextMessage(a.Id, b.Id); break;
        }
    }
}
