using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Streams;

/// <summary>
/// Datagrams over TCP or TLS. Reading and writing are asynchronous and off the IO thread; what arrives is handed to
/// it read by read, and the next read waits for that, so a fast peer is slowed down by TCP and not by our memory.
/// What cannot be written soon is dropped: this replaces a datagram socket, and whoever uses it repeats.
/// </summary>
internal sealed class FramedStream : IDisposable
{
    private readonly IoLoop _loop;
    private readonly IFramedStreamOwner _owner;
    private readonly StreamFraming _framing;
    private readonly StreamFramer _framer;
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<PooledBuffer> _outgoing = Channel.CreateUnbounded<PooledBuffer>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private int _queuedBytes;
    private volatile bool _isDisposed;

    private FramedStream(IoLoop loop, IFramedStreamOwner owner, StreamFraming framing, TransportAddress remote)
    {
        _loop = loop;
        _owner = owner;
        _framing = framing;
        _framer = new StreamFramer(framing, IoLimits.MaxStreamFrameBytes);
        Remote = remote;
    }

    /// <summary>The other end.</summary>
    public TransportAddress Remote { get; }

    /// <summary>Whether a datagram of the peer has been for somebody here.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Opens a connection; the owner hears how that went.</summary>
    public static FramedStream Connect(IoLoop loop, IFramedStreamOwner owner, StreamFraming framing, StreamTarget target)
    {
        var stream = new FramedStream(loop, owner, framing, target.Remote);
        _ = stream.RunAsync(stream.ConnectAsync(target));
        return stream;
    }

    /// <summary>Takes over a connection that a peer has opened.</summary>
    public static FramedStream Accept(IoLoop loop, IFramedStreamOwner owner, StreamFraming framing, Socket socket, TransportAddress remote)
    {
        var stream = new FramedStream(loop, owner, framing, remote);
        _ = stream.RunAsync(Task.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true)));
        return stream;
    }

    /// <summary>IO thread: sends a datagram once the connection is there; false where it is dropped.</summary>
    public bool TrySend(ReadOnlySpan<byte> datagram)
    {
        var prefixBytes = _framing == StreamFraming.LengthPrefixed ? StreamFramer.PrefixBytes : 0;
        var bytes = prefixBytes + datagram.Length;
        if (_isDisposed || Volatile.Read(ref _queuedBytes) + bytes > IoLimits.MaxQueuedStreamBytes)
        {
            return false;
        }

        var framed = PooledBuffer.Rent(bytes);
        if (prefixBytes > 0)
        {
            StreamFramer.WritePrefix(framed.Span, datagram.Length);
        }

        datagram.CopyTo(framed.Span[prefixBytes..]);
        Interlocked.Add(ref _queuedBytes, framed.Length);
        if (!_outgoing.Writer.TryWrite(framed))
        {
            framed.Dispose();
            return false;
        }

        return true;
    }

    /// <summary>IO thread: the peer has so long to make itself known, or the connection ends.</summary>
    public void ExpectWithin(TimeSpan limit) => _ending.CancelAfter(limit);

    /// <summary>IO thread: the peer is somebody's, and may be silent for as long as they allow.</summary>
    public void NoteKnown()
    {
        if (!IsKnown)
        {
            IsKnown = true;
            _ending.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>IO thread: writes what is queued, where that is possible soon, and closes. The owner hears nothing more.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _outgoing.Writer.TryComplete();
            _ending.CancelAfter(IoLimits.StreamFlushMs);
        }
    }

    private async Task<Stream> ConnectAsync(StreamTarget target)
    {
        var socket = new Socket(target.Remote.Family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (target.Local is { } local)
            {
                socket.Bind(local.ToIPEndPoint());
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            limit.CancelAfter(IoLimits.ConnectTimeoutMs);
            await socket.ConnectAsync(target.Remote.ToIPEndPoint(), limit.Token).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return target.TlsName is null ? stream : await SecureAsync(stream, target, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> SecureAsync(Stream stream, StreamTarget target, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream);
        var options = new SslClientAuthenticationOptions { TargetHost = target.TlsName };
        if (target.AcceptsAnyCertificate)
        {
#pragma warning disable CA5359 // The application has asked for it, and what TURN carries is encrypted and authenticated end to end.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        await secured.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        return secured;
    }

    private async Task RunAsync(Task<Stream> connecting)
    {
        var reason = "the other side closed the connection";
        try
        {
            var stream = await connecting.ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                Report(now => _owner.OnOpened(now, this));
                var writing = WriteAsync(stream);
                var reading = ReadAsync(stream);
                await (await Task.WhenAny(writing, reading).ConfigureAwait(false)).ConfigureAwait(false);
                await FinishAsync(stream, writing, reading).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            reason = e.Message;
        }

        Report(now => _owner.OnClosed(now, this, reason));
        _outgoing.Writer.TryComplete();
        while (_outgoing.Reader.TryRead(out var left))
        {
            left.Dispose();
        }
    }

    private async Task WriteAsync(Stream stream)
    {
        await foreach (var framed in _outgoing.Reader.ReadAllAsync(_ending.Token).ConfigureAwait(false))
        {
            using (framed)
            {
                await stream.WriteAsync(framed.Memory, _ending.Token).ConfigureAwait(false);
                Interlocked.Add(ref _queuedBytes, -framed.Length);
            }
        }
    }

    /// <summary>
    /// This side has said its last word. Closing with something unread would reset the connection, and the peer might
    /// lose that word: so what still comes is read and thrown away until the peer closes too, or the time is over.
    /// </summary>
    private async Task FinishAsync(Stream stream, Task writing, Task reading)
    {
        if (!_isDisposed)
        {
            return;
        }

        // Reading may have ended first, because something came at that moment: the last word is not written then.
        await writing.ConfigureAwait(false);
        await (stream is SslStream secured ? secured.ShutdownAsync() : Task.CompletedTask).ConfigureAwait(false);
        (stream as NetworkStream)?.Socket.Shutdown(SocketShutdown.Send);
        await reading.ConfigureAwait(false);
        using var discarded = PooledBuffer.Rent(IoLimits.StreamDiscardBytes);
        while (await stream.ReadAsync(discarded.Memory, _ending.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    private async Task ReadAsync(Stream stream)
    {
        while (!_isDisposed)
        {
            var read = await stream.ReadAsync(_framer.GetMemory(), _ending.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            _framer.Advance(read);
            var taken = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_loop.Post(now => taken.TrySetResult(Deliver(now))) || !await taken.Task.ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>IO thread: hands on what is complete; false where the peer does not keep to the framing.</summary>
    private bool Deliver(Instant now)
    {
        while (!_isDisposed && _framer.TryRead(out var frame))
        {
            _owner.OnFrame(now, this, frame);
        }

        return !_isDisposed && _framer.Error == StreamFramingError.None;
    }

    private void Report(Action<Instant> report) => _loop.Post(now =>
    {
        if (!_isDisposed)
        {
            report(now);
        }
    });
}
