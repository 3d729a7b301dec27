using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Handles;

namespace KillaBeez.Streams;

/// <summary>
/// A node's substreams and events as streams, after the model of Akka.Streams' Tcp: bind a type, open to a peer, and demand
/// reaches through the network from a sink at one node to a source at another. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await streams.BindAndHandle("echo", Flow.Create&lt;ReadOnlyMemory&lt;byte&gt;&gt;(), materializer);
/// var answer = Source.Single(question).Via(streams.Open(peer, "echo")).RunWith(Sink.Seq&lt;ReadOnlyMemory&lt;byte&gt;&gt;(), materializer);
/// </code>
/// </example>
public sealed class SwarmStreams
{
    private readonly SwarmNode _node;
    private readonly ActorSystem _system;
    private long _droppedEvents;

    internal SwarmStreams(SwarmNode node, ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(system);
        _node = node;
        _system = system;
    }

    /// <summary>How many events streams of <see cref="Events"/> have lost because they did not keep up.</summary>
    public long DroppedEvents => Interlocked.Read(ref _droppedEvents);

    /// <summary>
    /// Takes the substreams of a type that peers open. Each element waits for its answer: materialising its flow accepts it.
    /// What waits is bounded in number and time, see <see cref="SubstreamBindOptions"/>.
    /// </summary>
    /// <remarks>
    /// Each materialisation binds by itself, and a type is bound once at a time: a second stream, and its task, fail with an
    /// <see cref="InvalidOperationException"/>. A bound type is no longer offered to <see cref="SwarmNode.SubstreamOpened"/>.
    /// The binding ends when the stream is cancelled, by <see cref="SubstreamBinding.Unbind"/>, or with the node, which completes
    /// the stream. What was not pulled is then refused with <see cref="SwarmStreamCodes.Unbound"/>; what was, keeps its time to be
    /// accepted, unless what took it failed, or the materializer or the node is what ended.
    /// </remarks>
    /// <param name="type">1 to 255 bytes of UTF-8, not one of the swarm's own.</param>
    /// <param name="options">Null for what the node's options say.</param>
    /// <exception cref="ArgumentException">The type or an option is out of its range.</exception>
    public Source<IncomingSubstream, Task<SubstreamBinding>> Bind(string type, SubstreamBindOptions? options = null)
    {
        SubstreamTypes.ThrowUnlessApplicationType(type);
        options ??= new SubstreamBindOptions { AcceptTimeout = _node.Options.SubstreamAcceptTimeout, Backlog = _node.Options.SubstreamBacklog };
        options.Validate();
        return Source.FromGraph(new BindStage(_node.EventHub.Listeners, type, options));
    }

    /// <summary>Runs a handler for each substream of a type that a peer opens.</summary>
    /// <param name="type">1 to 255 bytes of UTF-8, not one of the swarm's own.</param>
    /// <param name="handler">
    /// What the peer sends goes in, what comes out goes to the peer; materialised anew for each. One that cannot be is refused
    /// with <see cref="SwarmStreamCodes.HandlerFailed"/>, and the next substream is taken all the same.
    /// </param>
    /// <param name="materializer">Runs them; null for the system's. When it is shut down the binding ends.</param>
    /// <param name="options">Null for what the node's options say.</param>
    /// <exception cref="ArgumentException">The type or an option is out of its range.</exception>
    /// <returns>The binding, or what it failed with: <see cref="InvalidOperationException"/> where the type is taken.</returns>
#pragma warning disable VSTHRD200 // Named as in Akka.Streams' Tcp, which users know.
    public Task<SubstreamBinding> BindAndHandle(
#pragma warning restore VSTHRD200
        string type,
        Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, NotUsed> handler,
        IMaterializer? materializer = null,
        SubstreamBindOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        materializer ??= _system.Materializer();
        return Bind(type, options)
            .To(Sink.ForEach<IncomingSubstream>(incoming => Handle(incoming, handler, materializer)))
            .Run(materializer);
    }

    /// <summary>
    /// A flow to a peer: each materialisation calls the peer where it is not connected, opens a substream, and then is as
    /// <see cref="SubstreamStreams.AsFlow"/>. Nothing is pulled before the substream is open.
    /// </summary>
    /// <remarks>
    /// What calling or opening fails with, fails the stream and its task. A downstream that cancels before the substream is open
    /// gives it up: the task is cancelled. A sink that wants nothing from the peer is <c>Sink.Ignore</c>, not <c>Sink.Cancelled</c>.
    /// </remarks>
    /// <param name="to">The peer's key.</param>
    /// <param name="type">1 to 255 bytes of UTF-8, not one of the swarm's own.</param>
    /// <param name="metadata">At most 4 KiB that the peer sees before it accepts.</param>
    /// <exception cref="ArgumentException">The type or the metadata is too long, the type is reserved, or the key is this node's own.</exception>
    public Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, Task<OutgoingSubstream>> Open(PeerId to, string type, ReadOnlyMemory<byte> metadata = default)
    {
        SubstreamTypes.ThrowUnlessApplicationType(type);
        SubstreamTypes.ThrowIfTooLong(metadata);
        if (to == _node.Id)
        {
            throw new ArgumentException("A node cannot open a substream to itself.", nameof(to));
        }

        var stage = new SubstreamStage("open-substream", giveUp => OpenAsync(to, type, metadata, giveUp), SubstreamStreams.DefaultMaxElementBytes);
        return Flow.FromGraph(stage).MapMaterializedValue(static tasks => tasks.Opened);
    }

    /// <summary>
    /// What is the case when the stream begins (exchanges, connected peers) and everything that happens from then on, except
    /// substreams: those are bound. It completes when the node stops. A stream that does not keep up loses the oldest of more
    /// than 1,024 events, counted in <see cref="DroppedEvents"/>.
    /// </summary>
    public Source<SwarmEvent, NotUsed> Events() =>
        Source.FromGraph(new SwarmEventStage(_node.EventHub, () => Interlocked.Increment(ref _droppedEvents)));

    private static void Handle(IncomingSubstream incoming, Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, NotUsed> handler, IMaterializer materializer)
    {
        try
        {
            _ = incoming.Flow.Join(handler).Run(materializer);
        }
#pragma warning disable CA1031 // A handler that cannot be made is the application's own failure, and this substream's alone.
        catch (Exception e)
#pragma warning restore CA1031
        {
            incoming.Refuse(SwarmStreamCodes.HandlerFailed, $"the handler failed: {e.Message}");
        }
    }

    private async Task<Substream> OpenAsync(PeerId to, string type, ReadOnlyMemory<byte> metadata, CancellationToken giveUp)
    {
        // In a simulation these go on in the step that answers, not on the pool: an actor has no context to come back to.
        var peer = await _node.CallAsync(to, giveUp).ConfigureAwait(false);
        return await peer.OpenAsync(type, metadata, giveUp).ConfigureAwait(false);
    }
}
