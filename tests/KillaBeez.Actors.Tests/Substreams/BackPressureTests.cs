using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Substreams;

/// <summary>A reader that stops reading stops the writer at the other side, in bounded memory.</summary>
public sealed class BackPressureTests
{
    /// <summary>The window, the multiplexer's queue and the pipe at the writer: 256 KiB each; the rest is reserve.</summary>
    private const long MostInFlightBytes = 1024 * 1024;

    [Fact]
    public void SlowReader_StopsTheWriter()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        var content = PipeHelper.Content(1, 8 * 1024 * 1024);
        long written = 0;
        long read = 0;
        world.Swarm.Simulation.Post(() => _ = WriteAsync());
        world.RunFor(60);
        Assert.InRange(written, 256 * 1024, MostInFlightBytes);

        // Another substream of the same session is not held up.
        var (other, otherThere) = world.Open(bAtA, b, "other");
        world.Run(async () =>
        {
            var reading = otherThere.Input.ReadAllAsync();
            await other.Output.WriteAllAsync(PipeHelper.Content(2, 2_000_000));
            Assert.Equal(PipeHelper.Content(2, 2_000_000), await reading);
        });

        // Reading in small steps lets it go on, and what is under way never grows with the whole.
        var mostInFlight = 0L;
        while (read < content.Length)
        {
            world.Run(async () =>
            {
                var piece = (int)Math.Min(100_000, content.Length - read);
                var bytes = await acceptor.Input.ReadExactlyAsync(piece);
                Assert.True(content.AsSpan((int)read, piece).SequenceEqual(bytes));
                read += piece;
            });
            world.RunFor(2);
            mostInFlight = Math.Max(mostInFlight, written - read);
        }

        Assert.InRange(mostInFlight, 1, 2 * MostInFlightBytes);

        async Task WriteAsync()
        {
            for (var at = 0; at < content.Length; at += 16_384)
            {
                await opener.Output.WriteAsync(content.AsMemory(at, 16_384));
                written += 16_384;
            }
        }
    }

    [Fact]
    public void ManyUnreadSubstreams_DoNotHoldUpOthers()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        b.Node.SubstreamOpened += (_, _) => { };
        var writers = new List<Task>();
        for (var i = 0; i < 100; i++)
        {
            var substream = world.Run(() => bAtA.OpenAsync("unread"));
            world.Swarm.Simulation.Post(() => writers.Add(substream.Output.WriteAllAsync(new byte[2_000_000])));
        }

        world.RunFor(30);
        Assert.All(writers, writer => Assert.False(writer.IsCompleted));

        var (opener, acceptor) = world.Open(bAtA, b, "read");
        world.Run(async () =>
        {
            var reading = acceptor.Input.ReadAllAsync();
            await opener.Output.WriteAllAsync(PipeHelper.Content(7, 1_000_000));
            Assert.Equal(PipeHelper.Content(7, 1_000_000), await reading);
        });
    }
}
