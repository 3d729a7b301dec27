using System.Net.WebSockets;
using System.Threading.Channels;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Tests;

namespace KillaBeez.SignalExchange.Tests;

/// <summary>A client engine on a real ClientWebSocket.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly ExchangeClientEngine _engine;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sendGate = new(1);
    private readonly Channel<ExchangeClientEvent> _events = Channel.CreateUnbounded<ExchangeClientEvent>();
    private readonly Task _receiving;

    private TestClient(ClientWebSocket socket, KeyPair key, string serverName)
    {
        _socket = socket;
        Key = key;
        _engine = new ExchangeClientEngine(Now(), key, serverName);
        _receiving = ReceiveAsync();
    }

    public KeyPair Key { get; }

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public string? CloseDescription => _socket.CloseStatusDescription;

    /// <summary>Completes when the socket has ended.</summary>
    public Task Ended => _receiving;

    /// <summary>Dials without waiting for the subscription.</summary>
    public static async Task<TestClient> DialAsync(ExchangeHost host, KeyPair key, string? serverName = null) =>
        new(await host.DialAsync(), key, serverName ?? ExchangeServerName.FromUri(host.Address));

    /// <summary>Dials and waits until the subscription holds.</summary>
    public static async Task<TestClient> ReadyAsync(ExchangeHost host, KeyPair key)
    {
        var client = await DialAsync(host, key);
        await client.NextAsync<ExchangeClientEvent.Ready>();
        return client;
    }

    public async Task<T> NextAsync<T>()
        where T : ExchangeClientEvent => Assert.IsType<T>(await NextAsync());

    public async Task<ExchangeClientEvent> NextAsync() => await _events.Reader.ReadAsync(Patience.Token);

    public Task SendAsync(SealedSignal signal) => DoAsync(engine => Assert.True(engine.Send(signal)));

    public Task PingAsync(params PeerId[] keys) => DoAsync(engine => Assert.True(engine.Ping(keys, out _)));

    public Task JoinRoomAsync(string room) => DoAsync(engine => Assert.True(engine.JoinRoom(room, out _)));

    /// <summary>Ends the connection without a word, as a crash does.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _receiving;
        _socket.Dispose();
        _sendGate.Dispose();
    }

    private static Instant Now() => Instant.FromElapsed(TimeProvider.System.GetElapsedTime(0));

    private async Task DoAsync(Action<ExchangeClientEngine> command)
    {
        lock (_gate)
        {
            command(_engine);
        }

        await FlushAsync();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[128 * 1024];
        try
        {
            while (true)
            {
                var bytes = 0;
                ValueWebSocketReceiveResult result;
                do
                {
                    result = await _socket.ReceiveAsync(buffer.AsMemory(bytes), CancellationToken.None);
                    bytes += result.Count;
                }
                while (!result.EndOfMessage);

                if (result.MessageType == WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    return;
                }

                lock (_gate)
                {
                    _engine.HandleMessage(Now(), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), buffer.AsSpan(0, bytes));
                }

                await FlushAsync();
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The socket has ended; tests look at what was received.
        }
    }

    private async Task FlushAsync()
    {
        await _sendGate.WaitAsync();
        try
        {
            while (TryTake(out var message))
            {
                await _socket.SendAsync(message, WebSocketMessageType.Text, true, CancellationToken.None);
            }
        }
        finally
        {
            _sendGate.Release();
        }
    }

    private bool TryTake(out byte[] message)
    {
        lock (_gate)
        {
            while (_engine.TryPollEvent(out var e))
            {
                _events.Writer.TryWrite(e);
            }

            return _engine.TryPollTransmit(out message);
        }
    }
}
