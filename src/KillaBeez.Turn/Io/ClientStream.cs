using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc.Io;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Io;

/// <summary>
/// A client's TCP or TLS connection. What is to be sent is gathered in one buffer while the write before is under way:
/// no allocation per message, and a client that does not read loses messages, as on a network, instead of memory of ours.
/// Everything but reading and writing is done under the server's lock.
/// </summary>
internal sealed class ClientStream
{
    private const int FirstBufferBytes = 4_096;

    private readonly ServerLoop _loop;
    private readonly Socket _socket;
    private readonly StreamFramer _framer = new(StreamFraming.Turn, TurnServerLimits.MaxMessageBytes);

    private Stream? _stream;
    private byte[] _pending = [];
    private int _pendingBytes;
    private bool _isWriting;
    private bool _isClosed;
    private Instant _writingSince = Instant.Never;
    private Task _writing = Task.CompletedTask;

    public ClientStream(ServerLoop loop, Socket socket, FiveTuple tuple)
    {
        _loop = loop;
        _socket = socket;
        Tuple = tuple;
    }

    public FiveTuple Tuple { get; }

    /// <summary>The connection's life; never fails.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Ends when what has been queued so far has been given to the system, or cannot be; never fails.</summary>
    public Task Writing => _writing;

    /// <summary>Begins to serve it.</summary>
    /// <param name="tls">How to speak TLS, or null for plain TCP.</param>
    public void Start(SslServerAuthenticationOptions? tls) => Completion = RunAsync(tls);

    /// <summary>Queues a message, under the lock. False: the client is too slow, and the message is lost.</summary>
    public bool TrySend(ReadOnlySpan<byte> message, Instant now)
    {
        if (_isClosed || _stream is null || _pendingBytes + message.Length > TurnServerLimits.MaxStreamQueueBytes)
        {
            return false;
        }

        if (_pending.Length - _pendingBytes < message.Length)
        {
            Grow(message.Length);
        }

        message.CopyTo(_pending.AsSpan(_pendingBytes));
        _pendingBytes += message.Length;
        if (!_isWriting)
        {
            _isWriting = true;
            _writingSince = now;
            _writing = WriteAsync(_stream);
        }

        return true;
    }

    /// <summary>Closes it, under the lock, if the client has taken nothing for too long.</summary>
    public void CloseIfStalled(Instant now)
    {
        if (_isWriting && now >= _writingSince.AddMs(TurnServerLimits.StreamStallMs))
        {
            Close();
        }
    }

    /// <summary>Closes it, under the lock; reading and writing end by it.</summary>
    public void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _socket.Dispose();
        }
    }

    private async Task RunAsync(SslServerAuthenticationOptions? tls)
    {
        // The accept loop goes on; what happens here may take as long as the engine allows streams without allocation.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var stream = (Stream)new NetworkStream(_socket, ownsSocket: false);
        try
        {
            if (tls is not null)
            {
                var secure = new SslStream(stream, leaveInnerStreamOpen: false);
                stream = secure;
                await secure.AuthenticateAsServerAsync(tls).ConfigureAwait(false);
            }

            _stream = stream;
            await ReadAsync(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
        {
            // The client is gone, or speaks no TLS, or the engine had enough of it: the connection ends, nothing else.
        }
        finally
        {
            _loop.Forget(this);
            await _writing.ConfigureAwait(false);
            await DisposeAsync(stream).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(Stream stream)
    {
        while (true)
        {
            var received = await stream.ReadAsync(_framer.GetMemory()).ConfigureAwait(false);
            if (received == 0)
            {
                return;
            }

            _framer.Advance(received);
            if (!_loop.HandleStream(this, _framer))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Writes until nothing is pending. It runs to its end at once, inside <see cref="TrySend"/>, as long as the system
    /// takes what it is given.
    /// </summary>
    private async Task WriteAsync(Stream stream)
    {
        try
        {
            while (TryTakePending(out var bytes, out var length))
            {
                try
                {
                    for (var offset = 0; offset < length;)
                    {
                        var count = stream is SslStream ? LengthOfFirst(bytes.AsSpan(offset, length - offset)) : length - offset;
                        await stream.WriteAsync(bytes.AsMemory(offset, count)).ConfigureAwait(false);
                        offset += count;
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(bytes);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            lock (_loop.Gate)
            {
                Close();
            }
        }
    }

    /// <summary>
    /// The length of the message in front. Over TLS each is a record of its own: there are clients, coturn's among them,
    /// that take one message from every record and lose the others.
    /// </summary>
    private static int LengthOfFirst(ReadOnlySpan<byte> messages)
    {
        var reader = new SpanReader(messages);
        _ = reader.TryReadUInt16(out var type);
        _ = reader.TryReadUInt16(out var length);
        return new ChannelNumber(type).IsValid ? ChannelData.SizeOf(length, padded: true) : StunHeader.Bytes + length;
    }

    private bool TryTakePending(out byte[] bytes, out int length)
    {
        lock (_loop.Gate)
        {
            bytes = _pending;
            length = _pendingBytes;
            _pending = [];
            _pendingBytes = 0;
            _isWriting = length > 0;
            _writingSince = length > 0 ? MonotonicClock.Now : Instant.Never;
            return length > 0;
        }
    }

    private void Grow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBufferBytes, Math.Max(_pending.Length * 2, _pendingBytes + more)));
        _pending.AsSpan(0, _pendingBytes).CopyTo(larger);
        if (_pending.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_pending);
        }

        _pending = larger;
    }

    private static async Task DisposeAsync(Stream stream)
    {
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // A farewell on a broken connection.
        }
    }
}
