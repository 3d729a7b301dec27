using System.Text;
using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Substreams;

/// <summary>What an application does with substreams, between two simulated nodes.</summary>
public sealed class SubstreamTests
{
    [Fact]
    public void Open_Accepted_BothSidesHaveTypeMetadataAndPeer()
    {
        var (world, _, b, bAtA, aAtB) = World.Pair();
        using var __ = world;
        Substream? accepted = null;
        b.Node.SubstreamOpened += (_, e) => accepted = e.Substream;
        var metadata = PipeHelper.Content(1, 4096);

        var opened = world.Run(() => bAtA.OpenAsync("größe/1", metadata));
        Assert.Equal("größe/1", opened.Type);
        Assert.Equal("größe/1", accepted!.Type);
        Assert.Equal(metadata, opened.Metadata.ToArray());
        Assert.Equal(metadata, accepted.Metadata.ToArray());
        Assert.Same(bAtA, opened.Peer);
        Assert.Same(aAtB, accepted.Peer);
    }

    [Fact]
    public void Open_Refused_OpenerGetsCodeAndText()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        Substream? refused = null;
        b.Node.SubstreamOpened += (_, e) =>
        {
            refused = e.Substream;
            e.Refuse(404, "no such room");
            e.Refuse(405, "the first refusal counts");
        };

        var error = world.Fails(() => bAtA.OpenAsync("chat"));
        Assert.Equal(KillaBeezError.SubstreamRefused, error.Error);
        Assert.Contains("404", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such room", error.Message, StringComparison.Ordinal);
        Assert.Equal(KillaBeezError.SubstreamRefused, world.Fails(() => refused!.Input.ReadAllAsync()).Error);
    }

    [Fact]
    public void Open_WhereNobodyTakesSubstreams_IsRefused()
    {
        var (world, _, _, bAtA, _) = World.Pair();
        using var __ = world;
        var error = world.Fails(() => bAtA.OpenAsync("chat"));
        Assert.Equal(KillaBeezError.SubstreamRefused, error.Error);
        Assert.Contains("nobody here takes substreams", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhereTheHandlerThrows_IsRefusedAndTheNextIsTaken()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        b.Node.SubstreamOpened += (_, e) =>
        {
            if (e.Substream.Type == "bad")
            {
                throw new InvalidOperationException("the application's own");
            }
        };

        var error = world.Fails(() => bAtA.OpenAsync("bad"));
        Assert.Equal(KillaBeezError.SubstreamRefused, error.Error);
        Assert.Contains("handler failed", error.Message, StringComparison.Ordinal);
        Assert.NotNull(world.Run(() => bAtA.OpenAsync("good")));
    }

    [Theory]
    [InlineData("gossip")]
    [InlineData("signal")]
    [InlineData("relay")]
    [InlineData("dnode")]
    [InlineData("db")]
    [InlineData("feed")]
    [InlineData("dht")]
    [InlineData("http")]
    [InlineData("tcp")]
    [InlineData("file")]
    public void Open_ReservedType_IsTheCallersMistake(string type)
    {
        var (world, _, _, bAtA, _) = World.Pair();
        using var __ = world;
        var error = Assert.Throws<ArgumentException>(() => world.Run(() => bAtA.OpenAsync(type)));
        Assert.Contains(type, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TypeOrMetadataTooLong_IsTheCallersMistake()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        b.Node.SubstreamOpened += (_, _) => { };
        Assert.Throws<ArgumentException>(() => world.Run(() => bAtA.OpenAsync("")));
        Assert.Throws<ArgumentException>(() => world.Run(() => bAtA.OpenAsync(new string('x', 256))));
        Assert.Throws<ArgumentException>(() => world.Run(() => bAtA.OpenAsync(new string('ü', 128))));
        Assert.Throws<ArgumentException>(() => world.Run(() => bAtA.OpenAsync("x", new byte[4097])));
        Assert.NotNull(world.Run(() => bAtA.OpenAsync(new string('x', 255), new byte[4096])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HalfClose_LeavesTheOtherDirectionOpen(bool acceptorClosesFirst)
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        var (first, second) = acceptorClosesFirst ? (acceptor, opener) : (opener, acceptor);
        world.Run(async () =>
        {
            await first.Output.WriteAllAsync("the last of this side"u8.ToArray());
            Assert.Equal("the last of this side"u8.ToArray(), await second.Input.ReadAllAsync());

            var answer = PipeHelper.Content(2, 700_000);
            var reading = first.Input.ReadAllAsync();
            await second.Output.WriteAllAsync(answer);
            Assert.Equal(answer, await reading);
        });
        world.Until(() => ActorTree.Below(b, "/sub-").Any() == false, "the substream is gone when both have ended", World.Soon);
    }

    [Fact]
    public void Reset_FailsBothSidesAndTheOtherGetsTheCode()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        opener.Reset(0xBEE);
        var there = world.Fails(() => acceptor.Input.ReadAllAsync());
        var here = world.Fails(() => opener.Input.ReadAllAsync());
        Assert.Equal(KillaBeezError.SubstreamReset, there.Error);
        Assert.Equal(KillaBeezError.SubstreamReset, here.Error);
        Assert.Contains("BEE", there.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(ActorTree.Below(a, "/sub-"));
        Assert.Empty(ActorTree.Below(b, "/sub-"));
    }

    [Fact]
    public void OpenAsync_Cancelled_EndsTheWaitAndResetsWhatIsAcceptedLater()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        Substream? accepted = null;
        b.Node.SubstreamOpened += (_, e) => accepted = e.Substream;
        using var cancellation = new CancellationTokenSource();
        Task<Substream>? opening = null;
        world.Swarm.Simulation.Post(() =>
        {
            opening = bAtA.OpenAsync("test", cancellation.Token);
            cancellation.Cancel();
        });
        world.Until(() => accepted is not null, "the other side accepts", World.Soon);

        Assert.True(opening!.IsCanceled);
        Assert.Equal(KillaBeezError.SubstreamReset, world.Fails(() => accepted!.Input.ReadAllAsync()).Error);
        Assert.Empty(ActorTree.Below(a, "/sub-"));
        Assert.Equal(0, world.Swarm.ForeignPosts);
    }

    [Fact]
    public void OpenAsync_CancelledBefore_DoesNotOpen()
    {
        var (world, a, _, bAtA, _) = World.Pair();
        using var __ = world;
        Assert.ThrowsAny<OperationCanceledException>(() => world.Run(() => bAtA.OpenAsync("test", new CancellationToken(canceled: true))));
        Assert.Empty(ActorTree.Below(a, "/sub-"));
    }

    [Fact]
    public void DisposeAsync_DeliversWhatWasWrittenAndDiscardsWhatComes()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        var content = PipeHelper.Content(3, 100_000);
        world.Run(async () =>
        {
            await opener.Output.WriteAsync(content);
            await opener.DisposeAsync();
            await opener.DisposeAsync();
            Assert.Equal(content, await acceptor.Input.ReadAllAsync());

            // The other side may go on writing; it is not held up by nobody reading.
            await acceptor.Output.WriteAllAsync(PipeHelper.Content(4, 5_000_000));
        });
        world.Until(() => !ActorTree.Below(a, "/sub-").Any() && !ActorTree.Below(b, "/sub-").Any(), "nothing is left", World.Soon);
    }

    [Fact]
    public void DisposeAsync_WithUnreadBytes_DoesNotHoldUpTheWriter()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        Task? writing = null;
        world.Swarm.Simulation.Post(() => writing = acceptor.Output.WriteAllAsync(PipeHelper.Content(4, 5_000_000)));
        world.RunFor(5);
        Assert.False(writing!.IsCompleted, "the writer waits for a reader");

        world.Run(() => opener.DisposeAsync().AsTask());
        world.Until(() => writing.IsCompletedSuccessfully, "the writer goes on when the reader has left", World.Soon);
        world.Until(() => !ActorTree.Below(a, "/sub-").Any() && !ActorTree.Below(b, "/sub-").Any(), "nothing is left", World.Soon);
    }

    [Fact]
    public void AsStream_ReadsAndWritesBothWays()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        Assert.Same(opener.AsStream(), opener.AsStream());
        world.Run(async () =>
        {
            using var mine = opener.AsStream();
            using var reader = new StreamReader(acceptor.AsStream(), Encoding.UTF8);
            await mine.WriteAsync("hello\nworld\n"u8.ToArray());
            await mine.FlushAsync();
            Assert.Equal("hello", await reader.ReadLineAsync());
            Assert.Equal("world", await reader.ReadLineAsync());
            await acceptor.AsStream().WriteAsync("bye"u8.ToArray());
            var answer = new byte[3];
            await mine.ReadExactlyAsync(answer);
            Assert.Equal("bye"u8.ToArray(), answer);
            await mine.DisposeAsync();
            Assert.Null(await reader.ReadLineAsync());
        });
        Assert.Equal(0, world.Swarm.ForeignPosts);
    }

    [Fact]
    public void SessionEnd_FailsBothPipesAndThoseWhoWait()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, _) = world.Open(bAtA, b);
        b.Node.SubstreamOpened += (_, _) => { };
        Task? reading = null;
        Task? writing = null;
        Task<TimeSpan>? ping = null;
        Task<Substream>? opening = null;
        world.Swarm.Simulation.Post(() =>
        {
            reading = opener.Input.ReadAllAsync();
            writing = opener.Output.WriteAllAsync(new byte[5_000_000]);
        });
        world.RunFor(3);
        b.Kill();
        world.Swarm.Simulation.Post(() =>
        {
            ping = bAtA.PingAsync();
            opening = bAtA.OpenAsync("test");
        });
        world.Until(() => !bAtA.IsConnected, "the session ends");
        world.RunFor(1);

        foreach (var task in (Task[])[reading!, ping!, opening!])
        {
            Assert.Equal(KillaBeezError.SessionLost, Assert.IsType<KillaBeezException>(task.Exception!.InnerException).Error);
        }

        // A pipe's writer is told by a completed flush that nobody reads any more.
        Assert.True(writing!.IsCompleted, "the writer does not wait for ever");
        Assert.Equal(KillaBeezError.SessionLost, world.Fails(() => bAtA.PingAsync()).Error);
        Assert.Equal(KillaBeezError.SessionLost, world.Fails(() => bAtA.OpenAsync("test")).Error);
        world.Run(() => bAtA.CloseAsync());
    }

    [Fact]
    public void PingAsync_MeasuresTheWay()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        world.Network.SetPath(a.Id, b.Id, new() { Latency = TimeSpan.FromMilliseconds(120), Jitter = TimeSpan.Zero });
        var time = world.Run(() => bAtA.PingAsync());
        Assert.InRange(time.TotalMilliseconds, 239, 300);
        Assert.Equal(time, bAtA.RoundTripTime);
    }

    [Fact]
    public void ManySubstreams_AtOnce_EachGetsItsOwnBytes()
    {
        const int count = 300;
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        b.Node.SubstreamOpened += (_, e) => _ = EchoAsync(e.Substream);
        world.Run(() => Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            await using var substream = await bAtA.OpenAsync($"echo-{i}");
            var content = PipeHelper.Content((ulong)i, 1000 + (i * 37));
            var reading = substream.Input.ReadAllAsync();
            await substream.Output.WriteAllAsync(content);
            Assert.Equal(content, await reading);
        })));
        world.Until(() => !ActorTree.Below(a, "/sub-").Any() && !ActorTree.Below(b, "/sub-").Any(), "nothing is left", World.Soon);
        Assert.Equal(0, world.Swarm.ForeignPosts);

        static async Task EchoAsync(Substream substream)
        {
            var all = await substream.Input.ReadAllAsync();
            await substream.Output.WriteAllAsync(all);
        }
    }

    /// <summary>Case S16: who has asked and finished writing waits for the answer, however long that takes.</summary>
    [Fact]
    public void Answer_SixMinutesAfterTheQuestionWasFinished_Arrives()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var closing = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        world.Run(async () =>
        {
            await opener.Output.WriteAsync("how much?"u8.ToArray());
            await opener.Output.CompleteAsync();
        });
        Assert.Equal("how much?"u8.ToArray(), world.Run(() => acceptor.Input.ReadAllAsync()));
        world.RunFor(360);
        world.Run(async () =>
        {
            await acceptor.Output.WriteAsync("a lot"u8.ToArray());
            await acceptor.Output.CompleteAsync();
        });
        Assert.Equal("a lot"u8.ToArray(), world.Run(() => opener.Input.ReadAllAsync()));
    }
}
