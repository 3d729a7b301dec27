using System.Runtime.InteropServices;
using Akka.IO;
using Akka.Streams.Dsl;

namespace KillaBeez.Streams;

/// <summary>Substreams as flows of Akka.Streams.</summary>
public static class SubstreamStreams
{
    /// <summary>The longest element that comes out of a flow unless it is said otherwise: 64 KiB.</summary>
    public const int DefaultMaxElementBytes = 64 * 1024;

    /// <summary>
    /// The substream as a flow: what goes in goes to the peer, what the peer sends comes out, in pieces that have nothing to
    /// do with the pieces it was written in. Each side goes only as fast as the other reads.
    /// </summary>
    /// <remarks>
    /// The end of the upstream ends this direction, and the other goes on; the end of the peer's direction completes the flow's
    /// output. A downstream that cancels discards what the peer still sends. An upstream that fails resets the substream with
    /// <see cref="SwarmStreamCodes.UpstreamFailed"/>, a stream that is ended from outside with
    /// <see cref="SwarmStreamCodes.Aborted"/>; a substream that fails, fails the flow with its <see cref="KillaBeezException"/>.
    /// A substream has one such flow, and it runs once: a second stream fails with an <see cref="InvalidOperationException"/>
    /// and leaves the first alone. Its pipes are the flow's from then on.
    /// </remarks>
    /// <param name="substream">The substream.</param>
    /// <param name="maxElementBytes">The longest element that comes out, in bytes.</param>
    /// <returns>A flow whose task ends when both directions have.</returns>
    public static Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, Task<Done>> AsFlow(this Substream substream, int maxElementBytes = DefaultMaxElementBytes)
    {
        ArgumentNullException.ThrowIfNull(substream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxElementBytes);
        return FlowOf(substream, static substream => SubstreamClaims.Claim(substream), maxElementBytes);
    }

    /// <summary>The same for stages that want <see cref="ByteString"/>, such as Akka.Streams' Framing; costs a copy of what goes in.</summary>
    /// <param name="substream">The substream.</param>
    /// <param name="maxElementBytes">The longest element that comes out, in bytes.</param>
    public static Flow<ByteString, ByteString, Task<Done>> AsByteStringFlow(this Substream substream, int maxElementBytes = DefaultMaxElementBytes) =>
        substream.AsFlow(maxElementBytes).WithByteStrings();

    /// <summary>Any flow of bytes, such as that of <see cref="SwarmStreams.Open"/>, with <see cref="ByteString"/> at both ends.</summary>
    /// <param name="flow">The flow.</param>
    /// <typeparam name="TMaterialized">What it materialises to; that stays.</typeparam>
    public static Flow<ByteString, ByteString, TMaterialized> WithByteStrings<TMaterialized>(this Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, TMaterialized> flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return Flow.Create<ByteString>()
            .Select(static bytes => (ReadOnlyMemory<byte>)bytes.ToArray())
            .ViaMaterialized(flow, Keep.Right)
            .Select(static bytes => MemoryMarshal.TryGetArray(bytes, out var array) && array.Count > 0
                ? ByteString.FromBytes(array)
                : ByteString.CopyFrom(bytes.ToArray()));
    }

    /// <summary>A flow over a substream that is there.</summary>
    /// <param name="substream">The substream.</param>
    /// <param name="begin">Takes it for this materialisation, or throws.</param>
    /// <param name="maxElementBytes">The longest element that comes out, in bytes.</param>
    internal static Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, Task<Done>> FlowOf(Substream substream, Action<Substream> begin, int maxElementBytes)
    {
        var stage = new SubstreamStage("substream", _ => BeginAsync(substream, begin), maxElementBytes);
        return Flow.FromGraph(stage).MapMaterializedValue(static tasks => tasks.Completion);
    }

    private static Task<Substream> BeginAsync(Substream substream, Action<Substream> begin)
    {
        try
        {
            begin(substream);
            return Task.FromResult(substream);
        }
        catch (Exception e) when (e is InvalidOperationException or KillaBeezException)
        {
            return Task.FromException<Substream>(e);
        }
    }
}
