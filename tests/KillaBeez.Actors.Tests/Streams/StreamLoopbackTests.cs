using System.Security.Cryptography;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Tests.BadInput;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Streams;
using KillaBeez.Tests;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>Streams over WebRTC and loopback, on the thread pool.</summary>
public sealed class StreamLoopbackTests
{
    private const int TotalBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan _bound = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Echo_64MiBOfManySizes_ComesBackWhole()
    {
        await using var exchange = await RealExchange.StartExchangeAsync();
        using var systemA = ActorSystem.Create("a", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
        using var systemB = ActorSystem.Create("b", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
        await using var a = await SwarmNode.StartAsync(systemA, new SwarmOptions { Exchanges = { RealExchange.AddressOf(exchange) } });
        await using var b = await SwarmNode.StartAsync(systemB, new SwarmOptions { Exchanges = { RealExchange.AddressOf(exchange) } });
        var binding = await new SwarmStreams(b, systemB).BindAndHandle("echo", Flow.Create<ReadOnlyMemory<byte>>()).WaitAsync(_bound);
        await a.CallAsync(b.Id).WaitAsync(Patience.Bound);

        var content = PipeHelper.Content(1, TotalBytes);
        var (opened, back) = Source.From(Cut(content))
            .ViaMaterialized(new SwarmStreams(a, systemA).Open(b.Id, "echo"), Keep.Right)
            .ToMaterialized(Sink.Aggregate<ReadOnlyMemory<byte>, IncrementalHash>(IncrementalHash.CreateHash(HashAlgorithmName.SHA256), Add), Keep.Both)
            .Run(systemA.Materializer());
        using var hash = await back.WaitAsync(_bound);
        Assert.Equal(SHA256.HashData(content), hash.GetHashAndReset());
        Assert.Equal(Done.Instance, await (await opened).Completion.WaitAsync(_bound));
        await binding.Unbind().WaitAsync(_bound);
    }

    /// <summary>Pieces of 1 B to 200 KB, by a seed.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Cut(byte[] content)
    {
        var random = new SeededRandomSource(2);
        for (var at = 0; at < content.Length;)
        {
            var most = random.NextUInt64() % 4 == 0 ? 200_000ul : 3000;
            var length = (int)Math.Min(1 + (random.NextUInt64() % most), (ulong)(content.Length - at));
            yield return content.AsMemory(at, length);
            at += length;
        }
    }

    private static IncrementalHash Add(IncrementalHash hash, ReadOnlyMemory<byte> piece)
    {
        hash.AppendData(piece.Span);
        return hash;
    }
}
