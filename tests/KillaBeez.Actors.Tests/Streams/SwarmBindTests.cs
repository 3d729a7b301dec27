using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>Substreams that peers open, as a source; and what applications do wrong with them.</summary>
public sealed class SwarmBindTests
{
    [Fact]
    public void Bind_OfferAccepted_BothSidesKnowWhatItIs()
    {
        using var world = new StreamWorld();
        var (binding, first) = world.Run(world.StreamsB.Bind("größe/1").ToMaterialized(Sink.First<IncomingSubstream>(), Keep.Both), world.AtB);
        Assert.Equal("größe/1", world.Result(binding).Type);
        var metadata = PipeHelper.Content(1, 4096);
        var (opened, back) = world.Run(
            Graphs.Pieces("hello"u8.ToArray()).ViaMaterialized(world.StreamsA.Open(world.B.Id, "größe/1", metadata), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both),
            world.AtA);
        var incoming = world.Result(first);
        Assert.False(opened.IsCompleted);
        Assert.Equal(world.A.Id, incoming.Peer.Id);
        Assert.Equal("größe/1", incoming.Type);
        Assert.Equal(metadata, incoming.Metadata.ToArray());

        world.Run(incoming.Flow.Join(Graphs.Echo), world.AtB);
        var outgoing = world.Result(opened);
        Assert.Equal(world.B.Id, outgoing.Peer.Id);
        Assert.Equal("größe/1", outgoing.Type);
        Assert.Equal(metadata, outgoing.Metadata.ToArray());
        Assert.Equal("hello"u8.ToArray(), world.Result(back));
        world.Result(outgoing.Completion);
        world.AssertRepeatable();
    }

    [Fact]
    public void Bind_TypeIsBoundAlready_StreamAndTaskFailAndTheFirstGoesOn()
    {
        using var world = new StreamWorld();
        var first = world.Result(world.Run(() => world.StreamsB.BindAndHandle("echo", Graphs.Echo, world.AtB)));
        var (second, stream) = world.Run(world.StreamsB.Bind("echo").ToMaterialized(Sink.Seq<IncomingSubstream>(), Keep.Both), world.AtB);
        Assert.Contains("'echo'", world.Failure<InvalidOperationException>(second).Message, StringComparison.Ordinal);
        world.Failure<InvalidOperationException>(stream);
        Assert.Equal("still here"u8.ToArray(), Ask(world, "still here"u8.ToArray()));

        world.Result(first.Unbind());
        world.Result(world.Run(() => world.StreamsB.BindAndHandle("echo", Graphs.Echo, world.AtB)));
        Assert.Equal("again"u8.ToArray(), Ask(world, "again"u8.ToArray()));
    }

    [Fact]
    public void Bind_ComesBeforeHandlersOfTheNode()
    {
        using var world = new StreamWorld();
        world.B.Node.SubstreamOpened += (_, e) => e.Refuse(1, "the handler's");
        world.Result(world.Run(() => world.StreamsB.BindAndHandle("echo", Graphs.Echo, world.AtB)));
        Assert.Equal("x"u8.ToArray(), Ask(world, "x"u8.ToArray()));
        Assert.Contains("the handler's", world.World.Fails(() => world.BAtA.OpenAsync("other")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_TypeOrOptionsOutOfRange_IsTheCallersMistake()
    {
        using var world = new StreamWorld();
        Assert.Throws<ArgumentException>(() => world.StreamsB.Bind("gossip"));
        Assert.Throws<ArgumentException>(() => world.StreamsB.Bind(new string('x', 256)));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.StreamsB.Bind("x", new() { AcceptTimeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.StreamsB.Bind("x", new() { Backlog = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.StreamsB.Bind("x", new() { MaxElementBytes = 0 }));
    }

    [Fact]
    public void OfferNeverMaterialised_IsRefusedWhenItsTimeIsOver()
    {
        using var world = new StreamWorld();
        var first = world.Run(world.StreamsB.Bind("slow", new() { AcceptTimeout = TimeSpan.FromSeconds(3) }).ToMaterialized(Sink.Queue<IncomingSubstream>(), Keep.Right), world.AtB);
        world.Simulation.RunReady();
        var start = world.World.Swarm.Now;
        AssertRefused(world.World.Fails(() => world.BAtA.OpenAsync("slow")), SwarmStreamCodes.NotAccepted, "not accepted within 3 s");
        Assert.InRange(world.World.Swarm.Now - start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.5));

        // Too late: the flow of a substream that was refused fails.
        var incoming = world.Result(world.Simulation.Do(first.PullAsync)).Value;
        var late = world.Run(Graphs.Nothing.ViaMaterialized(incoming.Flow, Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtB);
        Assert.Equal(KillaBeezError.SubstreamRefused, world.Failure<KillaBeezException>(late).Error);
        incoming.Refuse(1, "too late for that, too");
        Assert.NotNull(first);
    }

    [Fact]
    public void OfferInTime_IsNotRefusedLater()
    {
        using var world = new StreamWorld();
        var first = world.Run(world.StreamsB.Bind("slow", new() { AcceptTimeout = TimeSpan.FromSeconds(3) }).ToMaterialized(Sink.First<IncomingSubstream>(), Keep.Right), world.AtB);
        var gate = new TaskCompletionSource();
        world.Simulation.RunReady();
        var back = world.Run(Graphs.Pieces("late"u8.ToArray()).Via(Graphs.Gate(gate.Task)).Via(world.StreamsA.Open(world.B.Id, "slow")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        world.Run(world.Result(first).Flow.Join(Graphs.Echo), world.AtB);
        world.World.RunFor(20);
        world.Simulation.Do(gate.SetResult);
        Assert.Equal("late"u8.ToArray(), world.Result(back));
        world.AssertRepeatable();
    }

    [Fact]
    public void Refuse_OpenerGetsCodeAndText()
    {
        using var world = new StreamWorld();
        world.Run(world.StreamsB.Bind("closed").To(Sink.ForEach<IncomingSubstream>(incoming =>
        {
            incoming.Refuse(404, "no such room");
            incoming.Refuse(405, "the first refusal counts");
        })), world.AtB);
        world.Simulation.RunReady();
        var (opened, back) = world.Run(Graphs.Silence().ViaMaterialized(world.StreamsA.Open(world.B.Id, "closed"), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both), world.AtA);
        AssertRefused(world.Failure<KillaBeezException>(opened), 404, "no such room");
        AssertRefused(world.Failure<KillaBeezException>(back), 404, "no such room");
        world.AssertRepeatable();
    }

    [Fact]
    public void MoreThanTheBacklog_AreRefusedAtOnceAndTheOthersWait()
    {
        using var world = new StreamWorld();
        var gate = new TaskCompletionSource();
        var taken = new List<IncomingSubstream>();
        world.Run(
            world.StreamsB.Bind("busy", new() { Backlog = 3 }).SelectAsync(1, async incoming =>
            {
                await gate.Task;
                return incoming;
            }).To(Sink.ForEach<IncomingSubstream>(incoming =>
            {
                taken.Add(incoming);
                incoming.Flow.Join(Graphs.Echo).Run(world.AtB);
            })),
            world.AtB);
        world.Simulation.RunReady();
        var opening = Enumerable.Range(0, 7).Select(_ => world.Run(
            Graphs.Pieces("x"u8.ToArray()).Via(world.StreamsA.Open(world.B.Id, "busy")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA)).ToArray();
        world.World.RunFor(2);

        // One was pulled, three wait.
        Assert.Equal(3, opening.Count(task => task.IsFaulted));
        Assert.All(opening.Where(task => task.IsFaulted), task => AssertRefused(world.Failure<KillaBeezException>(task), SwarmStreamCodes.Backlogged, "too many"));
        Assert.Empty(taken);
        world.Simulation.Do(gate.SetResult);
        Assert.All(opening.Where(task => !task.IsFaulted), task => Assert.Equal("x"u8.ToArray(), world.Result(task)));
        Assert.Equal(4, taken.Count);
        Assert.Equal("x"u8.ToArray(), Ask(world, "x"u8.ToArray(), "busy"));
        world.AssertRepeatable();
    }

    [Theory]
    [InlineData("unbind")]
    [InlineData("cancel")]
    [InlineData("materializer")]
    public void BindingEnds_WhatWaitsIsRefusedAndWhatWasAcceptedGoesOn(string how)
    {
        using var world = new StreamWorld();
        var mine = world.NewMaterializer(world.B);
        var (binding, queue) = world.Run(world.StreamsB.Bind("short").ToMaterialized(
            Sink.Queue<IncomingSubstream>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both), mine);
        world.Simulation.RunReady();
        var gate = new TaskCompletionSource();
        var accepted = world.Run(
            Graphs.Pieces(PipeHelper.Content(1, 100_000)).Via(Graphs.Gate(gate.Task)).Via(world.StreamsA.Open(world.B.Id, "short")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        world.Run(world.Result(world.Simulation.Do(queue.PullAsync)).Value.Flow.Join(Graphs.Echo), world.AtB);

        // Of these one is handed out and the others wait.
        var waiting = Enumerable.Range(0, 4).Select(_ => world.Run(Graphs.Nothing.Via(world.StreamsA.Open(world.B.Id, "short")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA)).ToArray();
        world.World.RunFor(1);
        var bound = world.Result(binding);
        world.Simulation.Do(() =>
        {
            switch (how)
            {
                case "unbind": _ = bound.Unbind(); break;
                case "cancel": queue.Cancel(); break;
                default: mine.Shutdown(); break;
            }
        });
        Assert.All(waiting, task => AssertRefused(world.Failure<KillaBeezException>(task), SwarmStreamCodes.Unbound, "any more"));
        world.Result(bound.WhenUnbound);
        world.Result(bound.Unbind());
        world.Simulation.Do(gate.SetResult);
        Assert.Equal(PipeHelper.Content(1, 100_000), world.Result(accepted));
        Assert.Contains("nobody here takes substreams", world.World.Fails(() => world.BAtA.OpenAsync("short")).Message, StringComparison.Ordinal);
        world.AssertRepeatable();
    }

    [Fact]
    public void NodeStops_BindingAndEventsComplete()
    {
        using var world = new StreamWorld();
        var (binding, offers) = world.Run(world.StreamsB.Bind("x").ToMaterialized(Sink.Seq<IncomingSubstream>(), Keep.Both), world.AtB);
        var events = world.Run(world.StreamsB.Events().ToMaterialized(Sink.Seq<SwarmEvent>(), Keep.Right), world.AtB);
        var bound = world.Result(binding);
        world.World.Run(async () => await world.B.Node.DisposeAsync());
        Assert.Empty(world.Result(offers));
        world.Result(bound.WhenUnbound);
        Assert.Contains(world.Result(events), e => e is PeerDisconnectedEvent);

        var late = world.Run(world.StreamsB.Bind("x").To(Sink.Ignore<IncomingSubstream>()), world.AtB);
        Assert.Equal(KillaBeezError.Closed, world.Failure<KillaBeezException>(late).Error);
        Assert.Empty(world.Result(world.Run(world.StreamsB.Events().ToMaterialized(Sink.Seq<SwarmEvent>(), Keep.Right), world.AtB)));
    }

    [Fact]
    public void HandlerCannotBeMade_IsRefusedAndTheNextIsTaken()
    {
        using var world = new StreamWorld();
        var made = 0;
        var handler = Graphs.Echo.MapMaterializedValue(_ => ++made == 1 ? throw new InvalidDataException("boom") : NotUsed.Instance);
        world.Result(world.Run(() => world.StreamsB.BindAndHandle("echo", handler, world.AtB)));
        var error = world.World.Fails(() => world.BAtA.OpenAsync("echo"));
        Assert.Equal(2, (Ask(world, "x"u8.ToArray()).Length * 2));
        Assert.True(error.Error is KillaBeezError.SubstreamRefused or KillaBeezError.SubstreamReset, error.ToString());
    }

    [Fact]
    public void HandlerThrowsWhileItRuns_SubstreamIsResetAndTheNextIsTaken()
    {
        using var world = new StreamWorld();
        var handler = Graphs.Echo.Select(bytes => bytes.Span[0] == (byte)'!' ? throw new InvalidDataException("boom") : bytes);
        world.Result(world.Run(() => world.StreamsB.BindAndHandle("echo", handler, world.AtB)));
        var back = world.Run(Graphs.Pieces("!"u8.ToArray()).Concat(Source.Never<ReadOnlyMemory<byte>>()).Via(world.StreamsA.Open(world.B.Id, "echo")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        var error = world.Failure<KillaBeezException>(back);
        Assert.Equal(KillaBeezError.SubstreamReset, error.Error);
        Assert.Contains(SwarmStreamCodes.UpstreamFailed.ToString("X", System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Equal("fine"u8.ToArray(), Ask(world, "fine"u8.ToArray()));
        world.AssertRepeatable();
    }

    [Fact]
    public void HandlersSinkThrows_BindingEndsAndWhatWaitsIsRefused()
    {
        using var world = new StreamWorld();
        var bound = world.Result(world.Run(world.StreamsB.Bind("x").To(Sink.ForEach<IncomingSubstream>(_ => throw new InvalidDataException("boom"))), world.AtB));
        AssertRefused(world.World.Fails(() => world.BAtA.OpenAsync("x")), SwarmStreamCodes.Unbound, "any more");
        world.Result(bound.WhenUnbound);
    }

    [Fact]
    public void FlowMaterialisedTwice_TheSecondFailsAndTheFirstIsUnharmed()
    {
        using var world = new StreamWorld();
        var second = new List<Task<Done>>();
        world.Run(world.StreamsB.Bind("echo").To(Sink.ForEach<IncomingSubstream>(incoming =>
        {
            incoming.Flow.Join(Graphs.Echo).Run(world.AtB);
            second.Add(Graphs.Nothing.ViaMaterialized(incoming.Flow, Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()).Run(world.AtB));
        })), world.AtB);
        world.Simulation.RunReady();
        Assert.Equal("x"u8.ToArray(), Ask(world, "x"u8.ToArray()));

        // Whichever the seed lets run first has the substream; here the first.
        Assert.Contains("materialised already", world.Failure<InvalidOperationException>(second.Single()).Message, StringComparison.Ordinal);
        world.AssertRepeatable();
    }

    private static byte[] Ask(StreamWorld world, byte[] question, string type = "echo") => world.Result(world.Run(
        Graphs.Pieces(question).Via(world.StreamsA.Open(world.B.Id, type)).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA));

    private static void AssertRefused(KillaBeezException e, uint code, string text)
    {
        Assert.Equal(KillaBeezError.SubstreamRefused, e.Error);
        Assert.Contains(code.ToString(System.Globalization.CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
    }
}
