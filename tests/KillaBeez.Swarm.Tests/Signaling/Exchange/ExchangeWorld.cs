using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Swarm.Signaling.Exchange.Server;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

/// <summary>A server engine with client engines and bare sockets on it, in virtual time.</summary>
internal sealed class ExchangeWorld(ExchangeServerLimits? limits = null)
{
    public const string ServerName = "exchange.example";

    private readonly Dictionary<ExchangeSocketId, ExchangeClientEngine> _clients = [];
    private readonly Dictionary<ExchangeSocketId, List<ExchangeMessage>> _bare = [];
    private readonly Dictionary<ExchangeClientEngine, List<ExchangeClientEvent>> _events = [];
    private readonly Dictionary<ExchangeClientEngine, TimeSpan> _clocksAhead = [];
    private long _lastSocket;

    public Instant Now { get; private set; } = Instant.Zero;

    public long NowUnixMs => Samples.NowUnixMs + (Now.Microseconds / 1000);

    /// <summary>How far the exchange's wall clock is ahead of the right time.</summary>
    public TimeSpan ExchangeAhead { get; set; }

    public long ExchangeUnixMs => NowUnixMs + (long)ExchangeAhead.TotalMilliseconds;

    public ExchangeServerEngine Server { get; } = new(new SeededRandomSource(1), limits);

    public Dictionary<ExchangeSocketId, ExchangeErrorCode> Closed { get; } = [];

    public ExchangeClientEngine Connect(
        KeyPair key,
        string dialedName = ServerName,
        ExchangeInstanceId? instance = null,
        bool yields = false,
        ExchangeSource source = default,
        TimeSpan clockAhead = default)
    {
        var id = new ExchangeSocketId(++_lastSocket);
        var client = new ExchangeClientEngine(Now, key, dialedName, limits: null, instance, yields);
        _clients.Add(id, client);
        _events.Add(client, []);
        SetClock(client, clockAhead);
        Server.Connected(Now, ExchangeUnixMs, id, ServerName, source);
        Run();
        return client;
    }

    /// <summary>A socket whose messages the test writes itself.</summary>
    public ExchangeSocketId ConnectBare(ExchangeSource source = default)
    {
        var id = new ExchangeSocketId(++_lastSocket);
        _bare.Add(id, []);
        Server.Connected(Now, ExchangeUnixMs, id, ServerName, source);
        Run();
        return id;
    }

    /// <summary>A bare socket that is subscribed.</summary>
    public ExchangeSocketId SubscribeBare(KeyPair key, ExchangeSource source = default)
    {
        var id = ConnectBare(source);
        var challenge = (ChallengeMessage)Received(id).Single();
        Say(id, new SubscribeMessage { Key = key.Id, ServerName = ServerName, Signature = ExchangeSubscription.Sign(key, challenge.Challenge.Span, ServerName) });
        Assert.IsType<ReadyMessage>(Received(id).Last());
        return id;
    }

    public void Say(ExchangeSocketId socket, ExchangeMessage message) => Say(socket, message.ToJson());

    public void Say(ExchangeSocketId socket, byte[] utf8)
    {
        Server.HandleMessage(Now, ExchangeUnixMs, socket, utf8);
        Run();
    }

    public List<ExchangeMessage> Received(ExchangeSocketId socket) => _bare[socket];

    public T LastEvent<T>(ExchangeClientEngine client)
        where T : ExchangeClientEvent => Assert.IsType<T>(_events[client].Last(), exactMatch: false);

    public List<ExchangeClientEvent> Events(ExchangeClientEngine client) => _events[client];

    public void Disconnect(ExchangeClientEngine client)
    {
        var id = _clients.Single(c => c.Value == client).Key;
        _clients.Remove(id);
        Server.Disconnected(Now, id);
        Run();
    }

    public void DisconnectBare(ExchangeSocketId id)
    {
        Server.Disconnected(Now, id);
        Run();
    }

    /// <summary>Sets a client's wall clock.</summary>
    public void SetClock(ExchangeClientEngine client, TimeSpan ahead) => _clocksAhead[client] = ahead;

    /// <summary>What a client's wall clock shows.</summary>
    public long UnixMsOf(ExchangeClientEngine client) => NowUnixMs + (long)_clocksAhead[client].TotalMilliseconds;

    /// <summary>The socket stays open at the server, but nothing passes any more.</summary>
    public void Freeze(ExchangeClientEngine client) => _clients.Remove(_clients.Single(c => c.Value == client).Key);

    /// <summary>Turns the clock, stopping at every deadline.</summary>
    public void Advance(TimeSpan by)
    {
        var end = Now + by;
        while (true)
        {
            var next = _clients.Values.Select(c => c.NextTimeout).Append(Server.NextTimeout).Min();
            Now = Instant.Min(Instant.Max(next, Now), end);
            Server.HandleTimeout(Now);
            foreach (var client in _clients.Values.ToList())
            {
                client.HandleTimeout(Now, UnixMsOf(client));
            }

            Run();
            if (next > end)
            {
                return;
            }
        }
    }

    public void Run()
    {
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var (id, client) in _clients.ToList())
            {
                while (client.TryPollTransmit(out var message))
                {
                    moved = true;
                    Server.HandleMessage(Now, ExchangeUnixMs, id, message);
                }

                while (client.TryPollEvent(out var e))
                {
                    _events[client].Add(e);
                }
            }

            while (Server.TryPollTransmit(out var target, out var message))
            {
                moved = true;
                if (_clients.TryGetValue(target, out var client))
                {
                    client.HandleMessage(Now, UnixMsOf(client), message);
                }
                else if (_bare.TryGetValue(target, out var received))
                {
                    Assert.True(ExchangeMessage.TryParse(message, out var parsed, out _));
                    received.Add(parsed!);
                }
            }

            while (Server.TryPollClose(out var closed, out var reason))
            {
                Closed.Add(closed, reason);
            }
        }
    }
}
