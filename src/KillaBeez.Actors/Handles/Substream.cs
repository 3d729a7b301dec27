using System.IO.Pipelines;
using KillaBeez.Actors.Handles;

namespace KillaBeez;

/// <summary>
/// One typed, flow-controlled, sealed stream of bytes in each direction between two nodes. What is written to
/// <see cref="Output"/> arrives at the other side's <see cref="Input"/> in order; a side that stops reading
/// stops the other's writer, in bounded memory. It outlives the links that carry it.
/// </summary>
/// <remarks>
/// Completing <see cref="Output"/> ends this direction after everything written has gone; the other direction
/// goes on. When the session is lost or the peer resets the substream, both pipes fail with a
/// <see cref="KillaBeezException"/>.
/// </remarks>
public sealed class Substream : IDuplexPipe, IAsyncDisposable
{
    private readonly SubstreamPipes _pipes;
    private readonly Action<uint> _reset;
    private DuplexPipeStream? _stream;

    internal Substream(Peer peer, string type, ReadOnlyMemory<byte> metadata, SubstreamPipes pipes, Action<uint> reset)
    {
        Peer = peer;
        Type = type;
        Metadata = metadata;
        _pipes = pipes;
        _reset = reset;
    }

    /// <summary>What the opener named it: 1 to 255 bytes of UTF-8.</summary>
    public string Type { get; }

    /// <summary>What the opener sent along; at most 4 KiB.</summary>
    public ReadOnlyMemory<byte> Metadata { get; }

    /// <summary>The node at the other end.</summary>
    public Peer Peer { get; }

    /// <summary>What the peer wrote. Completed when the peer ended its direction.</summary>
    public PipeReader Input => _pipes.ApplicationInput;

    /// <summary>What goes to the peer. <c>FlushAsync</c> waits while the peer does not read.</summary>
    public PipeWriter Output => _pipes.ApplicationOutput;

    /// <summary>
    /// The substream as a <see cref="Stream"/>; the same one at every call. Disposing it disposes the substream.
    /// </summary>
    public Stream AsStream() => _stream ??= new DuplexPipeStream(this);

    /// <summary>Ends both directions at once; what was not delivered is lost, and the peer gets the code.</summary>
    /// <param name="code">The application's own code.</param>
    public void Reset(uint code) => _reset(code);

    /// <summary>
    /// Ends this side's direction after everything written has gone, and discards what the peer still sends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await Output.CompleteAsync().ConfigureAwait(false);
        await Input.CompleteAsync().ConfigureAwait(false);
    }
}
