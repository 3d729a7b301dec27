using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Server;

namespace KillaBeez.TestKit;

/// <summary>
/// A signal exchange in a simulation: the same engine as the real service, on simulated connections. It can be
/// stopped and started again, with nothing remembered.
/// </summary>
public sealed class SimulatedExchange
{
    private static readonly TimeSpan _latency = TimeSpan.FromMilliseconds(20);

    private readonly SimulatedNetwork _network;
    private readonly Dictionary<ExchangeSocketId, Connection> _connections = [];
    private readonly Queue<Action> _frozen = new();
    private ExchangeServerEngine? _engine;
    private long _lastConnection;

    internal SimulatedExchange(SimulatedNetwork network, Uri uri)
    {
        _network = network;
        Uri = uri;
        Start();
    }

    /// <summary>The address nodes use for it.</summary>
    public Uri Uri { get; }

    /// <summary>Whether it takes connections.</summary>
    public bool IsRunning => _engine is not null;

    /// <summary>Whether it is stopped in the middle of everything: its connections stand, and nothing comes of what they bring.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>How many connections it has.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>What the exchange has done since it was started.</summary>
    internal ExchangeCounters Counters => _engine?.Counters ?? default;

    /// <summary>How far the exchange's clock is ahead of the simulation's.</summary>
    internal TimeSpan ClockAhead { get; set; }

    private Instant Now => _network.Simulation.Now;

    private long UnixMs => (_network.Simulation.UtcNow + ClockAhead).ToUnixTimeMilliseconds();

    /// <summary>Begins to take connections.</summary>
    public void Start() => _engine ??= new ExchangeServerEngine(_network.Random);

    /// <summary>Stops like a process that is suspended: connections stand, what comes in waits, nobody is answered.</summary>
    public void Freeze() => IsFrozen = true;

    /// <summary>Goes on after <see cref="Freeze"/>, with what has come in meanwhile.</summary>
    public void Thaw()
    {
        IsFrozen = false;
        while (!IsFrozen && _frozen.TryDequeue(out var work))
        {
            work();
        }
    }

    /// <summary>Ends at once: every connection is lost.</summary>
    public void Stop()
    {
        _engine = null;
        foreach (var connection in _connections.Values)
        {
            connection.Lose("the exchange stopped");
        }

        _connections.Clear();
    }

    internal IExchangeConnection Connect(Uri uri, IExchangeObserver observer)
    {
        var connection = new Connection(this, new ExchangeSocketId(++_lastConnection), observer);
        _network.Simulation.Schedule(_latency, () => WhenNotFrozen(() => Open(connection, uri)));
        return connection;
    }

    private void WhenNotFrozen(Action work)
    {
        if (IsFrozen)
        {
            _frozen.Enqueue(work);
        }
        else
        {
            work();
        }
    }

    private void Open(Connection connection, Uri uri)
    {
        if (_engine is null || uri != Uri)
        {
            connection.Lose("nobody listens there");
            return;
        }

        _connections.Add(connection.Id, connection);
        connection.Deliver(o => o.OnOpened());
        _engine.Connected(Now, UnixMs, connection.Id, ExchangeServerName.FromUri(Uri));
        Turn();
    }

    private void Receive(Connection connection, byte[] message)
    {
        if (_engine is not null && _connections.ContainsKey(connection.Id))
        {
            _engine.HandleTimeout(Now);
            _engine.HandleMessage(Now, UnixMs, connection.Id, message);
            Turn();
        }
    }

    private void Leave(Connection connection)
    {
        if (_connections.Remove(connection.Id) && _engine is not null)
        {
            _engine.Disconnected(Now, connection.Id);
            Turn();
        }
    }

    private void Turn()
    {
        while (_engine!.TryPollTransmit(out var socket, out var message))
        {
            if (_connections.TryGetValue(socket, out var connection))
            {
                connection.DeliverMessage(message);
            }
        }

        while (_engine.TryPollClose(out var socket, out var reason))
        {
            if (_connections.Remove(socket, out var connection))
            {
                connection.Lose(reason.ToString());
            }
        }
    }

    /// <summary>One node's connection. Both directions take the same time, so order is kept.</summary>
    private sealed class Connection(SimulatedExchange exchange, ExchangeSocketId id, IExchangeObserver observer) : IExchangeConnection
    {
        private readonly Queue<Action<IExchangeObserver>> _waiting = new();
        private int _untaken;
        private bool _isOver;

        public ExchangeSocketId Id { get; } = id;

        public void Send(byte[] utf8Message) =>
            exchange._network.Simulation.Schedule(_latency, () => exchange.WhenNotFrozen(() => exchange.Receive(this, utf8Message)));

        public void Close()
        {
            _isOver = true;
            exchange._network.Simulation.Schedule(_latency, () => exchange.WhenNotFrozen(() => exchange.Leave(this)));
        }

        public void Taken()
        {
            _untaken = Math.Max(0, _untaken - 1);
            TellWaiting();
        }

        public void DeliverMessage(byte[] message) => Deliver(o =>
        {
            _untaken++;
            o.OnMessage(message);
        });

        public void Deliver(Action<IExchangeObserver> tell) => exchange._network.Simulation.Schedule(_latency, () =>
        {
            _waiting.Enqueue(tell);
            TellWaiting();
        });

        public void Lose(string reason) => Deliver(o =>
        {
            _isOver = true;
            o.OnClosed(reason);
        });

        private void TellWaiting()
        {
            while (!_isOver && _untaken < IExchangeConnection.MaxUntakenMessages && _waiting.TryDequeue(out var tell))
            {
                tell(observer);
            }
        }
    }
}
