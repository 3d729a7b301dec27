using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Supervision;

/// <summary>A substream that fails costs itself only.</summary>
public sealed class SubstreamSupervisionTests
{
    [Fact]
    public void SubstreamActor_Failed_ResetsItselfOnly()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var failing = world.Open(bAtA, b, "failing");
        var other = world.Open(bAtA, b, "other");

        ActorTree.ChildrenOf(a, b.Id, "sub-")[0].Tell(Kill.Instance, ActorRefs.NoSender);
        var here = world.Fails(() => failing.Opener.Input.ReadAllAsync());
        var there = world.Fails(() => failing.Acceptor.Input.ReadAllAsync());

        Assert.Equal(KillaBeezError.SubstreamReset, here.Error);
        Assert.Equal(KillaBeezError.SubstreamReset, there.Error);
        Assert.Contains("failed at this side", here.Message, StringComparison.Ordinal);
        world.Run(async () =>
        {
            await other.Opener.Output.WriteAllAsync(PipeHelper.Content(1, 100_000));
            Assert.Equal(PipeHelper.Content(1, 100_000), await other.Acceptor.Input.ReadAllAsync());
        });
        Assert.True(bAtA.IsConnected);
    }

    [Fact]
    public void SubstreamActor_FailedWhileItsBytesAreUnderWay_SendsNothingElse()
    {
        // The peer's actor may hold a message with the pipe's memory when the substream's actor fails: that memory
        // must not be another substream's by the time it is read.
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var (world, a, b, bAtA, _) = World.Pair(seed);
            using var __ = world;
            var (mine, theirs) = world.Open(bAtA, b);
            var content = PipeHelper.Content(seed, 200_000);
            var received = new List<byte>();
            var failed = false;
            world.Swarm.Simulation.Post(() => _ = ReadAsync());
            world.Swarm.Simulation.Post(() =>
            {
                _ = mine.Output.WriteAsync(content).AsTask();
                foreach (var actor in ActorTree.ChildrenOf(a, b.Id, "sub-"))
                {
                    actor.Tell(Kill.Instance, ActorRefs.NoSender);
                }
            });

            world.Until(() => failed, "the substream fails");
            Assert.True(content.AsSpan().StartsWith(received.ToArray()), $"seed {seed}: other bytes arrived than were written");

            async Task ReadAsync()
            {
                try
                {
                    while (true)
                    {
                        var read = await theirs.Input.ReadAsync();
                        foreach (var segment in read.Buffer)
                        {
                            received.AddRange(segment.Span);
                        }

                        theirs.Input.AdvanceTo(read.Buffer.End);
                    }
                }
                catch (KillaBeezException e) when (e.Error == KillaBeezError.SubstreamReset)
                {
                    failed = true;
                }
            }
        }
    }

    [Fact]
    public void SubstreamActor_FailedBeforeItWasAccepted_FailsItsOpener()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        b.Node.SubstreamOpened += (_, _) => { };
        Task<Substream>? opening = null;
        world.Swarm.Simulation.Post(() => opening = bAtA.OpenAsync("test"));
        world.Until(() => ActorTree.ChildrenOf(a, b.Id, "sub-").Count == 1, "the substream is being opened");

        ActorTree.ChildrenOf(a, b.Id, "sub-")[0].Tell(Kill.Instance, ActorRefs.NoSender);
        var error = world.Fails(() => opening!);
        Assert.Equal(KillaBeezError.SubstreamReset, error.Error);
    }
}
