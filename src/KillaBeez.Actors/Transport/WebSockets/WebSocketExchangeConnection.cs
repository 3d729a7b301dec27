using System.Net.WebSockets;
using System.Threading.Channels;

namespace KillaBeez.Actors.Transport.WebSockets;

/// <summary>
/// One WebSocket to a signal exchange, with a bounded queue of what is to be sent, and a bounded number of messages that
/// were received and not dealt with.
/// </summary>
internal sealed class WebSocketExchangeConnection : IExchangeConnection
{
    private const int MaxQueuedMessages = 256;
    private const int MaxMessageBytes = 128 * 1024;
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(10);

    private readonly Uri _exchange;
    private readonly IExchangeObserver _observer;
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxQueuedMessages) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly SemaphoreSlim _untaken = new(IExchangeConnection.MaxUntakenMessages);

    private int _reported;

    public WebSocketExchangeConnection(Uri exchange, IExchangeObserver observer)
    {
        _exchange = exchange;
        _observer = observer;
        Completion = RunAsync();
    }

    /// <summary>Done when the connection is over and nothing of it runs any more.</summary>
    public Task Completion { get; }

    public void Send(byte[] utf8Message)
    {
        if (!_outgoing.Writer.TryWrite(utf8Message))
        {
            Report($"more than {MaxQueuedMessages} messages wait to be sent");
            Close();
        }
    }

    public void Taken() => _untaken.Release();

    public void Close()
    {
        _outgoing.Writer.TryComplete();
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection had ended by itself.
        }
    }

    private async Task RunAsync()
    {
        // The caller is told nothing before it holds the connection.
        await Task.Yield();
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(15);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        try
        {
            using (var connecting = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token))
            {
                connecting.CancelAfter(_connectTimeout);
                await socket.ConnectAsync(_exchange, connecting.Token).ConfigureAwait(false);
            }

            _observer.OnOpened();
            var sending = SendAllAsync(socket);
            Report(await ReceiveAllAsync(socket).ConfigureAwait(false));
            Close();
            await sending.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Report(_ended.IsCancellationRequested ? "closed" : $"no answer within {_connectTimeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is WebSocketException or IOException or InvalidOperationException or System.Net.Http.HttpRequestException)
        {
            Report((e.InnerException ?? e).Message);
        }
        finally
        {
            Close();
            _ended.Dispose();
        }
    }

    private async Task SendAllAsync(ClientWebSocket socket)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(_ended.Token).ConfigureAwait(false))
            {
                await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, _ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // The receiving side reports why the socket ended.
        }
    }

    /// <summary>Receives until the socket ends; returns why.</summary>
    private async Task<string> ReceiveAllAsync(ClientWebSocket socket)
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            if (length == 0)
            {
                // While too many messages wait for the node, nothing is read, and TCP makes the exchange wait.
                await _untaken.WaitAsync(_ended.Token).ConfigureAwait(false);
            }

            var received = await socket.ReceiveAsync(buffer.AsMemory(length), _ended.Token).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return string.IsNullOrEmpty(socket.CloseStatusDescription) ? "closed by the exchange" : socket.CloseStatusDescription;
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                _observer.OnMessage(buffer.AsSpan(0, length).ToArray());
                length = 0;
            }
            else if (length == buffer.Length)
            {
                if (length >= MaxMessageBytes)
                {
                    return $"the exchange sent a message of more than {MaxMessageBytes} bytes";
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private void Report(string reason)
    {
        if (Interlocked.Exchange(ref _reported, 1) == 0)
        {
            _observer.OnClosed(reason);
        }
    }
}
