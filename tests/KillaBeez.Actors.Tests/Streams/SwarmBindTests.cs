using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;
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
        var (binding, handedOut) = world.Bind("größe/1");
        Assert.Equal("größe/1", binding.Type);
        var metadata = PipeHelper.Content(1, 4096);
        var (opened, back) = world.Run(
            Graphs.Pieces("hello"u8.ToArray()).ViaMaterialized(world.StreamsA.Open(world.B.Id, "größe/1", metadata), Keep.Right).ToMaterialized(Graphs.Bytes, Keep.Both),
            world.AtA);
        var incoming = world.Next(handedOut);
        Assert.False(opened.IsCompleted);
        Assert.Equal(world.A.Id, incoming.Peer.Id);
        Assert.Equal("größe/1", incoming.Type);
        Assert.Equal(metadata, incoming.Metadata.ToArray());

        _ = world.Run(incoming.Flow.Join(Graphs.Echo), world.AtB);
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
        var (_, handedOut) = world.Bind("slow", new() { AcceptTimeout = TimeSpan.FromSeconds(3) });
        var start = world.World.Swarm.Now;
        AssertRefused(world.World.Fails(() => world.BAtA.OpenAsync("slow")), SwarmStreamCodes.NotAccepted, "not accepted within 3 s");
        Assert.InRange(world.World.Swarm.Now - start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.5));

        // Too late: the flow of a substream that was refused fails.
        var incoming = world.Next(handedOut);
        var late = world.Run(Graphs.Nothing.ViaMaterialized(incoming.Flow, Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtB);
        Assert.Equal(KillaBeezError.SubstreamRefused, world.Failure<KillaBeezException>(late).Error);
        incoming.Refuse(1, "too late for that, too");
        world.AssertRepeatable();
    }

    [Fact]
    public void OfferInTime_IsNotRefusedLater()
    {
        using var world = new StreamWorld();
        var (_, handedOut) = world.Bind("slow", new() { AcceptTimeout = TimeSpan.FromSeconds(3) });
        var gate = new TaskCompletionSource();
        var back = world.Run(Graphs.Pieces("late"u8.ToArray()).Via(Graphs.Gate(gate.Task)).Via(world.StreamsA.Open(world.B.Id, "slow")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        _ = world.Run(world.Next(handedOut).Flow.Join(Graphs.Echo), world.AtB);
        world.World.RunFor(20);
        world.Simulation.Do(gate.SetResult);
        Assert.Equal("late"u8.ToArray(), world.Result(back));
        world.AssertRepeatable();
    }

    [Fact]
    public void Refuse_OpenerGetsCodeAndText()
    {
        using var world = new StreamWorld();
        _ = world.Run(world.StreamsB.Bind("closed").To(Sink.ForEach<IncomingSubstream>(incoming =>
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
        _ = world.Run(
            world.StreamsB.Bind("busy", new() { Backlog = 3 }).SelectAsync(1, async incoming =>
            {
                await gate.Task;
                return incoming;
            }).To(Sink.ForEach<IncomingSubstream>(incoming =>
            {
                taken.Add(incoming);
                _ = incoming.Flow.Join(Graphs.Echo).Run(world.AtB);
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
        var isCancelled = false;
        var (binding, queue) = world.Run(
            world.StreamsB.Bind("short").TakeWhile(_ => !isCancelled)
                .ToMaterialized(Sink.Queue<IncomingSubstream>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both),
            mine);
        world.Simulation.RunReady();
        var gate = new TaskCompletionSource();
        var content = PipeHelper.Content(1, 100_000);
        var accepted = world.Run(
            Graphs.Pieces(content).Via(Graphs.Gate(gate.Task)).Via(world.StreamsA.Open(world.B.Id, "short")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        _ = world.Run(world.Result(world.Run(queue.PullAsync)).Value.Flow.Join(Graphs.Echo), world.AtB);

        // Of these some are handed out and the others wait.
        var waiting = Enumerable.Range(0, 4).Select(_ => world.Run(Graphs.Nothing.Via(world.StreamsA.Open(world.B.Id, "short")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA)).ToArray();
        world.World.RunFor(1);
        var bound = world.Result(binding);
        world.Simulation.Do(() =>
        {
            switch (how)
            {
                case "unbind": _ = bound.Unbind(); break;
                case "cancel":
                    isCancelled = true;
                    _ = queue.PullAsync();
                    break;
                default: mine.Shutdown(); break;
            }
        });
        world.World.RunFor(1);
        var refused = waiting.Where(task => task.IsFaulted).ToArray();
        Assert.InRange(refused.Length, how == "materializer" ? 4 : 2, how == "materializer" ? 4 : 3);
        Assert.All(refused, task => AssertRefused(world.Failure<KillaBeezException>(task), SwarmStreamCodes.Unbound, "any more"));
        Assert.True(bound.WhenUnbound.IsCompletedSuccessfully);
        Assert.Contains("nobody here takes substreams", world.World.Fails(() => world.BAtA.OpenAsync("short")).Message, StringComparison.Ordinal);

        // What was handed out has its time.
        world.World.RunFor(10);
        Assert.All(waiting.Except(refused), task => AssertRefused(world.Failure<KillaBeezException>(task), SwarmStreamCodes.NotAccepted, "not accepted"));
        world.Result(bound.Unbind());
        world.Simulation.Do(gate.SetResult);
        Assert.Equal(content, world.Result(accepted));
        world.AssertRepeatable();
    }

    [Fact]
    public void TakeOne_TheOneIsAccepted()
    {
        using var world = new StreamWorld();
        var bound = world.Result(world.Run(
            world.StreamsB.Bind("once").Take(1).To(Sink.ForEach<IncomingSubstream>(incoming => _ = incoming.Flow.Join(Graphs.Echo).Run(world.AtB))), world.AtB));
        Assert.Equal("x"u8.ToArray(), Ask(world, "x"u8.ToArray(), "once"));
        world.Result(bound.WhenUnbound);
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
        world.Result(world.Run(() => world.StreamsB.BindAndHandle("echo", Flow.FromGraph(new BrokenOnce()), world.AtB)));
        AssertRefused(world.World.Fails(() => world.BAtA.OpenAsync("echo")), SwarmStreamCodes.HandlerFailed, "boom");
        Assert.Equal("x"u8.ToArray(), Ask(world, "x"u8.ToArray()));
        world.AssertRepeatable();
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
    public void ApplicationsSinkThrows_BindingEndsAndWhatItHadIsRefusedAtOnce()
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
        var (_, handedOut) = world.Bind("echo");
        var gate = new TaskCompletionSource();
        var back = world.Run(Graphs.Pieces("x"u8.ToArray()).Via(Graphs.Gate(gate.Task)).Via(world.StreamsA.Open(world.B.Id, "echo")).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        var incoming = world.Next(handedOut);
        _ = world.Run(incoming.Flow.Join(Graphs.Echo), world.AtB);
        world.World.RunFor(1);
        var second = world.Run(Graphs.Nothing.ViaMaterialized(incoming.Flow, Keep.Right).To(Sink.Ignore<ReadOnlyMemory<byte>>()), world.AtB);
        Assert.Contains("materialised already", world.Failure<InvalidOperationException>(second).Message, StringComparison.Ordinal);
        world.Simulation.Do(gate.SetResult);
        Assert.Equal("x"u8.ToArray(), world.Result(back));
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

    /// <summary>A stage that cannot be made the first time.</summary>
    private sealed class BrokenOnce : GraphStage<FlowShape<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>
    {
        private bool _isMended;

        public override FlowShape<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Shape { get; } =
            new(new Inlet<ReadOnlyMemory<byte>>("in"), new Outlet<ReadOnlyMemory<byte>>("out"));

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes)
        {
            if (!_isMended)
            {
                _isMended = true;
                throw new InvalidDataException("boom");
            }

            return new PassOn(Shape);
        }

        private sealed class PassOn : InAndOutGraphStageLogic
        {
            private readonly FlowShape<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> _shape;

            public PassOn(FlowShape<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> shape)
                : base(shape)
            {
                _shape = shape;
                SetHandlers(shape.Inlet, shape.Outlet, this);
            }

            public override void OnPush() => Push(_shape.Outlet, Grab(_shape.Inlet));

            public override void OnPull() => Pull(_shape.Inlet);
        }
    }
}
