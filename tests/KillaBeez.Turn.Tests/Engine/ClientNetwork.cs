using KillaBeez.Turn.Engine;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Engine;

/// <summary>Clients of ours and the server engine in virtual time, with a network that loses messages in between.</summary>
internal sealed class ClientNetwork(ServerHarness server, double loss, ulong seed)
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(10);

    private readonly SeededRandomSource _random = new(seed);
    private readonly byte[] _scratch = new byte[4_096];

    public List<Client> Clients { get; } = [];

    internal sealed record Client(TurnClient Turn, FiveTuple Tuple)
    {
        public List<(TransportAddress Peer, byte[] Payload)> Received { get; } = [];

        public List<TurnEvent> Events { get; } = [];

        /// <summary>Messages that came as ChannelData.</summary>
        public int OnChannels { get; set; }
    }

    public Client Add(string address, bool overTcp = false, string username = ServerHarness.User, string password = ServerHarness.Password)
    {
        var client = ServerHarness.Parse(address);
        var tuple = overTcp ? new FiveTuple(client.AsTcp(), ServerHarness.Tcp) : new FiveTuple(client, ServerHarness.Udp);
        if (overTcp)
        {
            Assert.True(server.Engine.HandleStreamOpened(server.Now, tuple));
        }

        var turn = new TurnClient(new TurnClientOptions { Server = tuple.Server, Username = username, Password = password }, _random);
        var added = new Client(turn, tuple);
        Clients.Add(added);
        turn.Start(server.Now);
        return added;
    }

    public void Send(Client client, TransportAddress peer, params byte[] payload)
    {
        if (client.Turn.TryWrap(server.Now, peer, payload, _scratch, out var written))
        {
            ToServer(client, _scratch.AsSpan(0, written));
        }
    }

    /// <summary>Runs until the condition holds; fails after so much virtual time.</summary>
    public void RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = server.Now + limit;
        while (!condition())
        {
            Assert.True(server.Now < end, $"not within {limit}, seed {seed}, loss {loss}: {string.Join(", ", Clients.Select(c => $"{c.Turn.State} {c.Turn.Failure?.Reason}"))}");
            Step();
        }
    }

    public void Run(TimeSpan time)
    {
        var end = server.Now + time;
        while (server.Now < end)
        {
            Step();
        }
    }

    private void Step()
    {
        foreach (var client in Clients)
        {
            client.Turn.HandleTimeout(server.Now);
            Poll(client);
        }

        Carry();
        server.Pass(_step);
    }

    private void Poll(Client client)
    {
        while (client.Turn.TryPollTransmit(server.Now, _scratch, out var written))
        {
            ToServer(client, _scratch.AsSpan(0, written));
        }

        while (client.Turn.TryPollEvent(out var e))
        {
            client.Events.Add(e);
        }
    }

    private void ToServer(Client client, ReadOnlySpan<byte> message)
    {
        if (client.Tuple.IsStream || !_random.Chance(loss))
        {
            server.Deliver(client.Tuple, message);
        }
    }

    /// <summary>Brings every message on its way, and what it causes, to where it goes.</summary>
    private void Carry()
    {
        while (server.ToClients.Count + server.ToPeers.Count > 0)
        {
            if (server.ToPeers.TryDequeue(out var out1) && server.Relays.ContainsValue(out1.Peer))
            {
                server.DeliverFromPeer(server.Relays[out1.Relay], out1.Peer, out1.Payload);
            }

            if (server.ToClients.TryDequeue(out var item) && (item.To.IsStream || !_random.Chance(loss)))
            {
                var client = Clients.Single(c => c.Tuple == item.To);
                if (client.Turn.HandleMessage(server.Now, item.Bytes, out var peer, out var payload))
                {
                    client.Received.Add((peer, payload.ToArray()));
                    client.OnChannels += item.Bytes[0] == 0x40 ? 1 : 0;
                }

                Poll(client);
            }
        }
    }
}
