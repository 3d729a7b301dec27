using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>Two simulated nodes whose applications run streams.</summary>
internal sealed class StreamWorld : IDisposable
{
    public StreamWorld(ulong seed = 1, bool areConnected = true)
    {
        World = new World(seed);
        (A, B) = (World.Swarm.AddNode(), World.Swarm.AddNode());
        (AtA, AtB) = (NewMaterializer(A), NewMaterializer(B));
        (StreamsA, StreamsB) = (new SwarmStreams(A.Node, A.System), new SwarmStreams(B.Node, B.System));
        if (areConnected)
        {
            World.Connect(A, B);
        }
        else
        {
            World.RunFor(1);
        }
    }

    public World World { get; }

    public Simulation Simulation => World.Swarm.Simulation;

    public SimulatedNode A { get; }

    public SimulatedNode B { get; }

    public ActorMaterializer AtA { get; }

    public ActorMaterializer AtB { get; }

    public SwarmStreams StreamsA { get; }

    public SwarmStreams StreamsB { get; }

    public Peer BAtA => A.Node.Peers.Single();

    /// <summary>Two ends of a substream, opened by A.</summary>
    public (Substream AtA, Substream AtB) Open() => World.Open(BAtA, B);

    public ActorMaterializer NewMaterializer(SimulatedNode node)
    {
        // Without settings of its own it would be the system's, shared by all.
        var materializer = Simulation.Do(() => ActorMaterializer.Create(node.System, ActorMaterializerSettings.Create(node.System)));
        Simulation.RunReady();
        return materializer;
    }

    /// <summary>Runs a graph, as an actor or a program would.</summary>
    public T Run<T>(IRunnableGraph<T> graph, IMaterializer materializer) => Simulation.Do(() => graph.Run(materializer));

    /// <summary>Does what is no step of the simulation.</summary>
    public T Run<T>(Func<T> work) => Simulation.Do(work);

    /// <summary>Binds a type at B, and collects what is handed out.</summary>
    public (SubstreamBinding Binding, List<IncomingSubstream> HandedOut) Bind(string type, SubstreamBindOptions? options = null)
    {
        var handedOut = new List<IncomingSubstream>();
        var binding = Result(Run(StreamsB.Bind(type, options).To(Sink.ForEach<IncomingSubstream>(handedOut.Add)), AtB));
        return (binding, handedOut);
    }

    /// <summary>The next that is handed out.</summary>
    public IncomingSubstream Next(List<IncomingSubstream> handedOut)
    {
        World.Until(() => handedOut.Count > 0, "a substream is handed out");
        var next = handedOut[0];
        handedOut.RemoveAt(0);
        return next;
    }

    /// <summary>What a task ends with.</summary>
    public T Result<T>(Task<T> task) => Simulation.RunUntilCompleted(task, World.LongEnough);

    /// <summary>How a task fails.</summary>
    public TException Failure<TException>(Task task)
        where TException : Exception => Assert.Throws<TException>(() => Simulation.RunUntilCompleted(task, World.LongEnough));

    /// <summary>Everything that has happened was the simulation's own.</summary>
    public void AssertRepeatable()
    {
        Simulation.ThrowIfForeign();
        Assert.Equal(0, Simulation.ForeignPosts);
    }

    public void Dispose() => World.Dispose();
}

/// <summary>Graphs that many tests are made of.</summary>
internal static class Graphs
{
    public static readonly Source<ReadOnlyMemory<byte>, NotUsed> Nothing = Source.Empty<ReadOnlyMemory<byte>>();

    public static readonly Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, NotUsed> Echo = Flow.Create<ReadOnlyMemory<byte>>();

    /// <summary>Everything that comes, for one materialisation.</summary>
    public static Sink<ReadOnlyMemory<byte>, Task<byte[]>> Bytes => Flow.Create<ReadOnlyMemory<byte>>()
        .Aggregate(new MemoryStream(), static (all, piece) =>
        {
            all.Write(piece.Span);
            return all;
        })
        .Select(static all => all.ToArray())
        .ToMaterialized(Sink.First<byte[]>(), Keep.Right);

    /// <summary>A content in pieces of one length.</summary>
    public static Source<ReadOnlyMemory<byte>, NotUsed> Pieces(byte[] content, int pieceBytes = 10_000) =>
        Source.From(Enumerable.Range(0, (content.Length + pieceBytes - 1) / pieceBytes)
            .Select(i => (ReadOnlyMemory<byte>)content.AsMemory(i * pieceBytes, Math.Min(pieceBytes, content.Length - (i * pieceBytes)))));

    /// <summary>What never ends and never has anything.</summary>
    /// <remarks>Source.Maybe would do, but ends by way of the thread pool, as KillSwitches do.</remarks>
    public static Source<ReadOnlyMemory<byte>, NotUsed> Silence() => Source.Never<ReadOnlyMemory<byte>>();

    /// <summary>Lets the first element in and then nothing until the gate opens.</summary>
    public static Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, NotUsed> Gate(Task gate) =>
        Flow.Create<ReadOnlyMemory<byte>>().SelectAsync(1, async bytes =>
        {
            await gate;
            return bytes;
        });
}
