using System.Text.Json;
using Akka.IO;

namespace KillaBeez.Examples.AkkaService;

/// <summary>Jobs and results on their way: a line of JSON each. A substream is a stream of bytes; these make messages of it.</summary>
internal static class Wire
{
    /// <summary>The type of the substreams that jobs and results travel on.</summary>
    public const string Jobs = "jobs";

    private static readonly ByteString _lineEnd = ByteString.FromString("\n");

    public static Flow<T, ReadOnlyMemory<byte>, NotUsed> Write<T>() =>
        Flow.Create<T>().Select(message => (ReadOnlyMemory<byte>)(byte[])[.. JsonSerializer.SerializeToUtf8Bytes(message), (byte)'\n']);

    public static Flow<ReadOnlyMemory<byte>, T, NotUsed> Read<T>() => Flow.Create<ReadOnlyMemory<byte>>()
        .Select(bytes => ByteString.CopyFrom(bytes.ToArray()))
        .Via(Framing.Delimiter(_lineEnd, maximumFrameLength: 1024))
        .Select(line => JsonSerializer.Deserialize<T>(line.ToArray())!);
}
