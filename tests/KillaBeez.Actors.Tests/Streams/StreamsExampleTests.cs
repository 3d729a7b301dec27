using System.Collections.Immutable;
using System.Text;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>The examples of docs/streams.md.</summary>
public sealed class StreamsExampleTests
{
    [Fact]
    public void Example_AsksAndIsAnswered()
    {
        using var world = new StreamWorld(areConnected: false);
        world.World.Run(() => ServeAsync(world.StreamsB, world.AtB));
        Assert.Equal(["ONE", "TWO"], world.World.Run(() => AskAsync(world.StreamsA, world.B.Id, world.AtA)));
        world.AssertRepeatable();
    }

    // <upper>
    private static Task<SubstreamBinding> ServeAsync(SwarmStreams streams, IMaterializer materializer) => streams.BindAndHandle(
        "upper",
        Flow.Create<ReadOnlyMemory<byte>>().Select(bytes => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(bytes.Span).ToUpperInvariant())),
        materializer);

    private static Task<IImmutableList<string>> AskAsync(SwarmStreams streams, PeerId server, IMaterializer materializer) =>
        Source.From(["one", "two"])
            .Select(line => ByteString.FromString($"{line}\n"))
            .Via(streams.Open(server, "upper").WithByteStrings())
            .Via(Framing.Delimiter(ByteString.FromString("\n"), maximumFrameLength: 1024))
            .Select(line => line.ToString(Encoding.ASCII))
            .RunWith(Sink.Seq<string>(), materializer);
    // </upper>
}
