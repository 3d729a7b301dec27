using System.Threading.Channels;
using KillaBeez.Actors.Transport;
using KillaBeez.Actors.Transport.WebSockets;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Server;

namespace KillaBeez.TestKit.Xunit2;

/// <summary>
/// A signal exchange for the nodes of one test: the engine of the real service, without a web server around it. What its
/// connections do is taken by one loop, in order. Other exchanges are reached by WebSockets, as everywhere.
/// </summary>
internal sealed class InProcessExchange : IExchangeConnector, IAsyncDisposable
{
    private const string OverReason = "the test is over";

    private readonly ExchangeServerEngine _engine = new(SystemRandomSource.Instance);
    private readonly Dictionary<ExchangeSocketId, Connection> _connections = [];
    private readonly WebSocketExchangeConnector _others = new();
    private readonly long _startedAt = TimeProvider.System.GetTimestamp();
    private readonly Task _loop;
    private long _lastConnection;

    /// <summary>Only nodes of this process write to it, and the engine cuts off who writes too much.</summary>
    private readonly Channel<Action> _steps = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });

    public InProcessExchange() => _loop = Task.Run(RunAsync);

    /// <summary>Its name in the options of nodes. Nothing is there to be dialed.</summary>
    public Uri Uri { get; } = new("ws://exchange.in-process/");

    private Instant Now => Instant.FromElapsed(TimeProvider.System.GetElapsedTime(_startedAt));

    private static long UnixMs => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public IExchangeConnection Connect(Uri exchange, IExchangeObserver observer)
    {
        if (exchange != Uri)
        {
            return _others.Connect(exchange, observer);
        }

        var connection = new Connection(this, new ExchangeSocketId(Interlocked.Increment(ref _lastConnection)), observer);
        if (!_steps.Writer.TryWrite(() => Open(connection)))
        {
            observer.OnClosed(OverReason);
        }

        return connection;
    }

    /// <summary>Every connection is lost; what was said before is delivered first.</summary>
    public async ValueTask DisposeAsync()
    {
        _steps.Writer.TryWrite(LoseAll);
        _steps.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach (var step in _steps.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            step();
            Turn();
        }
    }

    private void Open(Connection connection)
    {
        _connections.Add(connection.Id, connection);
        connection.Observer.OnOpened();
        _engine.Connected(Now, UnixMs, connection.Id, ExchangeServerName.FromUri(Uri));
    }

    private void Receive(Connection connection, byte[] message)
    {
        if (_connections.ContainsKey(connection.Id))
        {
            _engine.HandleTimeout(Now);
            _engine.HandleMessage(Now, UnixMs, connection.Id, message);
        }
    }

    /// <summary>The node has ended the connection and still hears that it is over.</summary>
    private void Leave(Connection connection)
    {
        if (_connections.Remove(connection.Id))
        {
            _engine.Disconnected(Now, connection.Id);
            connection.Observer.OnClosed("closed");
        }
    }

    private void LoseAll()
    {
        foreach (var connection in _connections.Values)
        {
            _engine.Disconnected(Now, connection.Id);
            connection.Observer.OnClosed(OverReason);
        }

        _connections.Clear();
    }

    private void Turn()
    {
        while (_engine.TryPollTransmit(out var socket, out var message))
        {
            if (_connections.TryGetValue(socket, out var connection))
            {
                connection.Observer.OnMessage(message);
            }
        }

        while (_engine.TryPollClose(out var socket, out var reason))
        {
            if (_connections.Remove(socket, out var connection))
            {
                connection.Observer.OnClosed(reason.ToString());
            }
        }
    }

    /// <summary>One node's connection.</summary>
    private sealed class Connection(InProcessExchange exchange, ExchangeSocketId id, IExchangeObserver observer) : IExchangeConnection
    {
        public ExchangeSocketId Id { get; } = id;

        public IExchangeObserver Observer { get; } = observer;

        public void Send(byte[] utf8Message) => exchange._steps.Writer.TryWrite(() => exchange.Receive(this, utf8Message));

        /// <summary>Nothing is read from a socket here that could be left there.</summary>
        public void Taken()
        {
        }

        public void Close() => exchange._steps.Writer.TryWrite(() => exchange.Leave(this));
    }
}
