using System.Net.WebSockets;
using System.Threading.Channels;
using KillaBeez.SignalExchange.Hosting;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Swarm.Signaling.Exchange.Server;

namespace KillaBeez.SignalExchange.Connections;

/// <summary>
/// One client's WebSocket: a task that reads, a task that writes from a bounded queue. The loop calls
/// <see cref="TrySend"/>, <see cref="Close"/> and <see cref="Abort"/>, which never wait.
/// </summary>
internal sealed class ExchangeConnection : IDisposable
{
    private const int FirstBufferBytes = 4_096;
    private const int LargestBufferBytes = ExchangeMessage.MaximumBytes + 1;

    private readonly WebSocket _socket;
    private readonly ExchangeLoop _loop;
    private readonly SignalExchangeOptions _options;
    private readonly Channel<byte[]> _outgoing;
    private readonly CancellationTokenSource _aborted = new();
    private int _queuedBytes;
    private volatile bool _isClosing;
    private ExchangeErrorCode? _closeReason;

    public ExchangeConnection(ExchangeSocketId id, string serverName, ExchangeSource source, WebSocket socket, ExchangeLoop loop, SignalExchangeOptions options)
    {
        Id = id;
        ServerName = serverName;
        Source = source;
        _socket = socket;
        _loop = loop;
        _options = options;
        _outgoing = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(options.MaximumQueuedMessages) { SingleReader = true, SingleWriter = false });
    }

    public ExchangeSocketId Id { get; }

    /// <summary>The name that this client must have signed.</summary>
    public string ServerName { get; }

    /// <summary>The network that it comes from.</summary>
    public ExchangeSource Source { get; }

    /// <summary>Serves the socket until it has ended, and reports its beginning, messages and end.</summary>
    public async Task RunAsync()
    {
        if (!await _loop.ReportAsync(new ExchangeInput(ExchangeInputKind.Opened, this)).ConfigureAwait(false))
        {
            _socket.Abort();
            return;
        }

        var sending = SendAllAsync();
        try
        {
            await ReceiveAllAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client vanished, or the exchange cut it off: either way the socket has ended.
        }

        _isClosing = true;
        await _loop.ReportAsync(new ExchangeInput(ExchangeInputKind.Closed, this)).ConfigureAwait(false);
        _outgoing.Writer.TryComplete();
        await sending.ConfigureAwait(false);
        if (_socket.State is not WebSocketState.Closed)
        {
            _socket.Abort();
        }
    }

    /// <summary>Queues a message; false where the client has fallen too far behind.</summary>
    public bool TrySend(byte[] message)
    {
        if (Interlocked.Add(ref _queuedBytes, message.Length) > _options.MaximumQueuedBytes)
        {
            return false;
        }

        // A queue that takes nothing because the socket is closing anyway is not the client's fault.
        return _outgoing.Writer.TryWrite(message) || _isClosing;
    }

    /// <summary>Sends what is queued, then a close frame, then waits a while for the client's.</summary>
    public void Close(ExchangeErrorCode reason)
    {
        _closeReason = reason;
        _isClosing = true;
        _outgoing.Writer.TryComplete();
    }

    /// <summary>Ends the socket at once.</summary>
    public void Abort()
    {
        try
        {
            _aborted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    public void Dispose() => _aborted.Dispose();

    private async Task ReceiveAllAsync()
    {
        while (true)
        {
            // An empty read waits for bytes without holding a buffer: ten thousand idle clients cost none.
            var first = await _socket.ReceiveAsync(Memory<byte>.Empty, _aborted.Token).ConfigureAwait(false);
            if (first.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            var (message, isComplete) = first.EndOfMessage ? (default, true) : await ReceiveRestAsync().ConfigureAwait(false);
            if (_isClosing)
            {
                message.Dispose();
            }
            else if (!await _loop.ReportAsync(new ExchangeInput(ExchangeInputKind.Message, this, message)).ConfigureAwait(false))
            {
                message.Dispose();
                return;
            }

            if (!isComplete)
            {
                // The engine has been shown that it is too long; the rest is thrown away until the close is through.
                await DiscardAsync().ConfigureAwait(false);
                return;
            }
        }
    }

    /// <summary>
    /// Receives a message into a buffer that grows with it, up to one byte more than a message may have. A binary
    /// message becomes an empty one, which is malformed, so that the engine closes the socket.
    /// </summary>
    private async Task<(PooledBuffer Message, bool IsComplete)> ReceiveRestAsync()
    {
        var buffer = PooledBuffer.Rent(FirstBufferBytes);
        try
        {
            var bytes = 0;
            while (true)
            {
                var result = await _socket.ReceiveAsync(buffer.Memory[bytes..], _aborted.Token).ConfigureAwait(false);
                bytes += result.Count;
                if (result.EndOfMessage || bytes == LargestBufferBytes)
                {
                    return (buffer.Truncate(result.MessageType == WebSocketMessageType.Text ? bytes : 0), result.EndOfMessage);
                }

                if (bytes == buffer.Length)
                {
                    buffer = Grow(buffer);
                }
            }
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private static PooledBuffer Grow(PooledBuffer buffer)
    {
        using (buffer)
        {
            var larger = PooledBuffer.Rent(Math.Min(buffer.Length * 4, LargestBufferBytes));
            buffer.Span.CopyTo(larger.Span);
            return larger;
        }
    }

    private async Task DiscardAsync()
    {
        using var buffer = PooledBuffer.Rent(FirstBufferBytes);
        while ((await _socket.ReceiveAsync(buffer.Memory, _aborted.Token).ConfigureAwait(false)).MessageType != WebSocketMessageType.Close)
        {
            // What a client sends after it has been told off concerns nobody; its time is limited by CloseTimeout.
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(_aborted.Token).ConfigureAwait(false))
            {
                while (_outgoing.Reader.TryRead(out var message))
                {
                    await SendOneAsync(message).ConfigureAwait(false);
                    Interlocked.Add(ref _queuedBytes, -message.Length);
                }
            }

            await SendCloseAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client is gone or too slow; the receiving task must learn it too.
            Abort();
        }
    }

    private async Task SendOneAsync(byte[] message)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_aborted.Token);
        timeout.CancelAfter(_options.SendTimeout);
        await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, timeout.Token).ConfigureAwait(false);
    }

    private async Task SendCloseAsync()
    {
        // From here on the client has this long to answer with its own close frame.
        _aborted.CancelAfter(_options.CloseTimeout);
        var reason = _closeReason;
        var status = reason switch
        {
            null => WebSocketCloseStatus.NormalClosure,
            ExchangeErrorCode.Stopping => WebSocketCloseStatus.EndpointUnavailable,
            ExchangeErrorCode.TooLarge => WebSocketCloseStatus.MessageTooBig,
            _ => WebSocketCloseStatus.PolicyViolation,
        };
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(status, reason?.ToWire(), _aborted.Token).ConfigureAwait(false);
        }
    }
}
