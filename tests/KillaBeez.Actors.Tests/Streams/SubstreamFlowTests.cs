using Akka;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>A substream as a flow, between two simulated nodes.</summary>
public sealed class SubstreamFlowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(65_536)]
    [InlineData(700_000)]
    public void AsFlow_EchoedThroughTwoFlows_ComesBackWhole(int pieceBytes)
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var content = PipeHelper.Content(1, pieceBytes == 1 ? 5000 : 3_000_000);
        var echoing = world.Run(b.AsFlow().JoinMaterialized(Graphs.Echo, Keep.Left), world.AtB);
        var (sent, back) = world.Run(
            Graphs.Pieces(content, pieceBytes).ViaMaterialized(a.AsFlow(), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), world.AtA);

        Assert.Equal(content, world.Result(back));
        Assert.Equal(Done.Instance, world.Result(sent));
        Assert.Equal(Done.Instance, world.Result(echoing));
        world.AssertRepeatable();
    }

    [Fact]
    public void AsFlow_MaxElementBytes_BoundsEveryElement()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var content = PipeHelper.Content(2, 500_000);
        world.Run(Graphs.Pieces(content, 100_000).Via(a.AsFlow()).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtA);
        var elements = world.Result(world.Run(Graphs.Nothing.Via(b.AsFlow(maxElementBytes: 1000)).ToMaterialized(Sink.Seq<ReadOnlyMemory<byte>>(), Keep.Right), world.AtB));
        Assert.All(elements, element => Assert.InRange(element.Length, 1, 1000));
        Assert.Equal(content, elements.SelectMany(element => element.ToArray()));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.AsFlow(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UpstreamFinishes_TheOtherDirectionGoesOn(bool acceptorFinishesFirst)
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var (first, second) = acceptorFinishesFirst ? (b, a) : (a, b);
        var (atFirst, atSecond) = acceptorFinishesFirst ? (world.AtB, world.AtA) : (world.AtA, world.AtB);
        var content = PipeHelper.Content(3, 1_000_000);
        var gate = new TaskCompletionSource();
        var (firstDone, atFirstCame) = world.Run(
            Graphs.Pieces("the last of this side"u8.ToArray()).ViaMaterialized(first.AsFlow(), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), atFirst);
        var (secondDone, atSecondCame) = world.Run(
            Graphs.Pieces(content).Via(Graphs.Gate(gate.Task)).ViaMaterialized(second.AsFlow(), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), atSecond);

        // The end of one direction comes through while the other has not said a word, and takes nothing with it.
        Assert.Equal("the last of this side"u8.ToArray(), world.Result(atSecondCame));
        world.World.RunFor(30);
        Assert.False(firstDone.IsCompleted);
        Assert.False(secondDone.IsCompleted);
        world.Simulation.Do(gate.SetResult);
        Assert.Equal(content, world.Result(atFirstCame));
        world.Result(firstDone);
        world.Result(secondDone);
        world.AssertRepeatable();
    }

    [Fact]
    public void UpstreamFails_PeerGetsAResetWithTheStatedCode()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var atB = world.Run(Graphs.Silence().Via(b.AsFlow()).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtB);
        var failing = Graphs.Pieces(new byte[50_000]).Concat(Source.Failed<ReadOnlyMemory<byte>>(new InvalidDataException("boom")));
        var (done, atA) = world.Run(failing.ViaMaterialized(a.AsFlow(), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), world.AtA);

        Assert.Equal("boom", world.Failure<InvalidDataException>(done).Message);
        Assert.Equal("boom", world.Failure<InvalidDataException>(atA).Message);
        AssertReset(world.Failure<KillaBeezException>(atB), SwarmStreamCodes.UpstreamFailed);
        world.AssertRepeatable();
    }

    [Fact]
    public void PeerResets_FlowFailsAlsoWhereNothingIsPulledOrPushed()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var stalled = new TaskCompletionSource();
        var done = world.Run(Graphs.Silence().ViaMaterialized(a.AsFlow(), Keep.Right).Via(Graphs.Gate(stalled.Task)).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtA);
        world.World.Run(async () => await b.Output.WriteAsync(new byte[300_000]));
        world.World.RunFor(5);
        Assert.False(done.IsCompleted);
        b.Reset(7);
        Assert.Equal(KillaBeezError.SubstreamReset, world.Failure<KillaBeezException>(done).Error);
        world.AssertRepeatable();
    }

    [Fact]
    public void PeerIsKilled_FlowFailsWithTheSession()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        _ = world.Run(b.AsFlow().Join(Graphs.Echo), world.AtB);
        var (done, back) = world.Run(Graphs.Silence().ViaMaterialized(a.AsFlow(), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), world.AtA);
        world.World.RunFor(1);
        world.Simulation.Do(world.B.Kill);
        Assert.Equal(KillaBeezError.SessionLost, world.Failure<KillaBeezException>(back).Error);
        Assert.Equal(KillaBeezError.SessionLost, world.Failure<KillaBeezException>(done).Error);
        world.AssertRepeatable();
    }

    [Fact]
    public void PeerEndedBeforeTheSessionWasLost_WhatItSaidIsStillRead()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var content = PipeHelper.Content(4, 200_000);
        var gate = new TaskCompletionSource();
        var came = world.Run(Graphs.Silence().Via(a.AsFlow(maxElementBytes: 1000)).Via(Graphs.Gate(gate.Task)).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        world.World.Run(async () => await b.Output.WriteAllAsync(content));
        world.World.RunFor(5);
        world.Simulation.Do(world.B.Kill);
        world.World.Until(() => !world.A.PeerIds.Any(), "the session is lost");
        world.Simulation.Do(gate.SetResult);
        Assert.Equal(content, world.Result(came));
    }

    [Fact]
    public void DownstreamCancels_WhatStillComesIsDiscardedAndTheOtherDirectionGoesOn()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var gate = new TaskCompletionSource();
        var last = PipeHelper.Content(5, 1_000_000);
        var (done, first) = world.Run(
            Graphs.Pieces(last).Via(Graphs.Gate(gate.Task)).ViaMaterialized(a.AsFlow(), Keep.Right)
                .ToMaterialized(Sink.First<ReadOnlyMemory<byte>>(), Keep.Both),
            world.AtA);
        var (allGone, atB) = world.Run(
            Graphs.Pieces(new byte[8_000_000]).WatchTermination(Keep.Right).Via(b.AsFlow()).ToMaterialized(Graphs.Bytes, Keep.Both), world.AtB);

        Assert.NotEqual(0, world.Result(first).Length);
        world.Result(allGone);
        Assert.False(done.IsCompleted);
        world.Simulation.Do(gate.SetResult);
        Assert.Equal(last, world.Result(atB));
        world.Result(done);
        world.AssertRepeatable();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MaterializerShutDown_ResetsAndGivesThePipesBack(bool isWriting)
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var mine = world.NewMaterializer(world.A);
        var source = isWriting ? Graphs.Pieces(new byte[5_000_000]) : Graphs.Silence();
        var done = world.Run(source.ViaMaterialized(a.AsFlow(), Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()), mine);
        world.World.RunFor(5);
        Assert.False(done.IsCompleted);

        world.Simulation.Do(mine.Shutdown);
        world.Failure<AbruptStageTerminationException>(done);
        AssertReset(world.World.Fails(() => b.Input.ReadAllAsync()), SwarmStreamCodes.Aborted);

        // Completed, both of them, and not under a read or a flush that waits.
        Assert.Throws<InvalidOperationException>(() => a.Input.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => a.Output.GetMemory());
        world.AssertRepeatable();
    }

    [Fact]
    public void SystemTerminated_PeersFlowFails()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var atA = world.Run(Graphs.Pieces(new byte[5_000_000]).ViaMaterialized(a.AsFlow(), Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtA);
        var atB = world.Run(Graphs.Nothing.Via(b.AsFlow()).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtB);
        world.World.RunFor(0.01);
        world.Simulation.Do(world.A.Kill);

        // Whichever of the two actors ends first.
        Assert.True(Assert.ThrowsAny<Exception>(() => world.Result(atA)) is AbruptStageTerminationException or KillaBeezException);
        Assert.IsType<KillaBeezException>(Assert.ThrowsAny<Exception>(() => world.Result(atB)));
        world.AssertRepeatable();
    }

    [Fact]
    public void MaterialisedTwice_TheSecondFailsAndTheFirstIsUnharmed()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        var content = PipeHelper.Content(6, 500_000);
        _ = world.Run(b.AsFlow().Join(Graphs.Echo), world.AtB);
        var flow = a.AsFlow();
        var gate = new TaskCompletionSource();
        var first = world.Run(Graphs.Pieces(content).Via(Graphs.Gate(gate.Task)).Via(flow).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        world.World.RunFor(1);

        foreach (var again in new[] { flow, a.AsFlow(), a.AsFlow(1000) })
        {
            var (done, came) = world.Run(Graphs.Pieces(content).ViaMaterialized(again, Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), world.AtA);
            Assert.Contains("materialised already", world.Failure<InvalidOperationException>(done).Message, StringComparison.Ordinal);
            world.Failure<InvalidOperationException>(came);
        }

        world.Simulation.Do(gate.SetResult);
        Assert.Equal(content, world.Result(first));
        world.AssertRepeatable();
    }

    [Fact]
    public void PipesUsedByTheApplicationToo_FlowFailsAndResets()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        world.Simulation.Post(() => _ = a.Input.ReadAllAsync());
        world.Simulation.RunReady();
        var done = world.Run(Graphs.Silence().ViaMaterialized(a.AsFlow(), Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtA);
        world.Failure<InvalidOperationException>(done);
        AssertReset(world.World.Fails(() => b.Input.ReadAllAsync()), SwarmStreamCodes.Aborted);
    }

    [Fact]
    public void AsByteStringFlow_FramedLines_ComeBackAsLines()
    {
        using var world = new StreamWorld();
        var (a, b) = world.Open();
        _ = world.Run(b.AsByteStringFlow().Join(Flow.Create<ByteString>()), world.AtB);
        var lines = Enumerable.Range(0, 2000).Select(i => $"line {i} {new string('x', i % 300)}").ToArray();
        var back = world.Run(
            Source.From(lines).Select(line => ByteString.FromString(line) + ByteString.FromString("\n"))
                .Via(a.AsByteStringFlow())
                .Via(Framing.Delimiter(ByteString.FromString("\n"), maximumFrameLength: 1000))
                .Select(bytes => bytes.ToString(System.Text.Encoding.UTF8))
                .ToMaterialized(Sink.Seq<string>(), Keep.Right),
            world.AtA);
        Assert.Equal(lines, world.Result(back));
        world.AssertRepeatable();
    }

    private static void AssertReset(KillaBeezException e, uint code)
    {
        Assert.Equal(KillaBeezError.SubstreamReset, e.Error);
        Assert.Contains(code.ToString("X", System.Globalization.CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
    }
}
