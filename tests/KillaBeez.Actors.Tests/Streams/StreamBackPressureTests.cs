using Akka.Streams.Dsl;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>A sink that stalls at one node stops the source at the other, within the bytes that docs/streams.md states.</summary>
public sealed class StreamBackPressureTests
{
    private const int WindowBytes = 256 * 1024;
    private const int PipeBytes = 256 * 1024;
    private const int BatchBytes = 64 * 1024;

    [Theory]
    [InlineData(1024)]
    [InlineData(20_000)]
    [InlineData(65_536)]
    public void StalledSink_StopsTheSourceWithinTheStatedBytes(int elementBytes)
    {
        using var world = new StreamWorld();
        var content = PipeHelper.Content(1, 8 * 1024 * 1024);
        var gate = new TaskCompletionSource();
        var (taken, produced) = (0L, 0L);
        var (_, handedOut) = world.Bind("stalled");
        world.Run(
            Graphs.Pieces(content, elementBytes).Select(piece =>
            {
                produced += piece.Length;
                return piece;
            }).Via(world.StreamsA.Open(world.B.Id, "stalled")).To(Sink.Ignore<ReadOnlyMemory<byte>>()),
            world.AtA);
        var incoming = world.Next(handedOut);
        var atB = world.Run(
            Graphs.Nothing.Via(incoming.Flow).Select(piece =>
            {
                taken += piece.Length;
                return piece;
            }).Via(Graphs.Gate(gate.Task)).ToMaterialized(Graphs.Bytes, Keep.Right),
            world.AtB);

        world.World.RunFor(60);
        var produced1 = produced;
        world.World.RunFor(60);
        Assert.Equal(produced1, produced);

        // After what the stalled sink has taken: the window, the pipe and a batch, and the element that waits at the stage.
        var most = WindowBytes + PipeBytes + BatchBytes + elementBytes;
        Assert.InRange(taken, 1, SubstreamStreams.DefaultMaxElementBytes);
        Assert.InRange(produced - taken, PipeBytes, most);

        world.Simulation.Do(gate.SetResult);
        Assert.Equal(content, world.Result(atB));
        Assert.Equal(content.Length, produced);
        world.AssertRepeatable();
    }
}
