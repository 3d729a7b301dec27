using System.Net;
using KillaBeez.Turn.Engine;
using KillaBeez.Turn.Peers;
using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Tests.Engine;

/// <summary>A server engine in virtual time whose sockets are lists.</summary>
internal sealed class ServerHarness
{
    public const string User = "ann";
    public const string Password = "correct horse";
    public const string Secret = "a secret of the laboratory";

    private readonly byte[] _scratch = new byte[TurnServerLimits.MaxMessageBytes];
    private ushort _nextPort = 50_000;

    public ServerHarness(Func<TurnServerOptions, TurnServerOptions>? change = null, ulong seed = 1)
    {
        Options = (change ?? (static o => o))(DefaultOptions);
        Options.Validate();
        var relays = Options.ExternalAddresses.Count > 0 ? Options.ExternalAddresses : Options.RelayAddresses;
        var own = new OwnAddresses(
            Options.RelayAddresses.Select(a => TransportAddress.From(a, 0)),
            relays.Select(a => TransportAddress.From(a, 0)),
            [Udp, Tcp]);
        Engine = new TurnServerEngine(Options, own, new SeededRandomSource(seed));
        Engine.SetWallTime(Now, WallStart);
    }

    public static TransportAddress Udp { get; } = Parse("45.0.0.1:3478");

    public static TransportAddress Tcp { get; } = Udp.AsTcp();

    public static DateTimeOffset WallStart { get; } = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    public static TurnServerOptions DefaultOptions { get; } = new()
    {
        Listen = [IPEndPoint.Parse("45.0.0.1:3478")],
        RelayAddresses = [IPAddress.Parse("45.0.0.1")],
        Realm = "lab",
        Secrets = [Secret],
        Users = new Dictionary<string, string> { [User] = Password, ["bob"] = "battery staple" },
    };

    public TurnServerOptions Options { get; }

    public TurnServerEngine Engine { get; }

    public Instant Now { get; private set; } = Instant.Zero.AddMs(1_000_000);

    /// <summary>What the server sent to clients and nobody has taken yet.</summary>
    public Queue<(FiveTuple To, byte[] Bytes)> ToClients { get; } = new();

    /// <summary>What left relay sockets.</summary>
    public Queue<(RelayId Relay, TransportAddress Peer, byte[] Payload)> ToPeers { get; } = new();

    /// <summary>The open relay sockets.</summary>
    public Dictionary<RelayId, TransportAddress> Relays { get; } = [];

    public List<FiveTuple> ClosedStreams { get; } = [];

    /// <summary>Relay sockets that can still be bound.</summary>
    public int FreePorts { get; set; } = int.MaxValue;

    public static TransportAddress Parse(string endPoint)
    {
        var parsed = IPEndPoint.Parse(endPoint);
        return parsed.Address.IsIPv4MappedToIPv6
            ? TransportAddress.FromIPv6(parsed.Address.GetAddressBytes(), (ushort)parsed.Port)
            : TransportAddress.From(parsed);
    }

    public void Deliver(FiveTuple tuple, ReadOnlySpan<byte> message)
    {
        if (Engine.HandleClientMessage(Now, tuple, message, out var relayed))
        {
            ToPeers.Enqueue((relayed.Relay, relayed.Peer, relayed.Payload.ToArray()));
        }

        Drain();
    }

    public void DeliverFromPeer(TransportAddress from, TransportAddress relayed, ReadOnlySpan<byte> payload)
    {
        foreach (var (relay, local) in Relays)
        {
            if (local == relayed && Engine.HandlePeerDatagram(Now, relay, from, payload, _scratch, out var client, out var written))
            {
                ToClients.Enqueue((client, _scratch[..written]));
            }
        }

        Drain();
    }

    /// <summary>Turns the clock, stopping wherever the engine wants to be called.</summary>
    public void Pass(TimeSpan time)
    {
        var end = Now + time;
        while (Engine.NextTimeout <= end)
        {
            Now = Instant.Max(Now, Engine.NextTimeout);
            Engine.HandleTimeout(Now);
            Drain();
        }

        Now = end;
    }

    public void Drain()
    {
        while (Engine.TryPollEvent(out var e))
        {
            Carry(e);
        }

        while (Engine.TryPollTransmit(_scratch, out var to, out var written))
        {
            ToClients.Enqueue((to, _scratch[..written]));
        }
    }

    private void Carry(TurnServerEvent e)
    {
        switch (e.Kind)
        {
            case TurnServerEventKind.OpenRelay when FreePorts == 0:
                Engine.HandleRelayFailed(Now, e.Relay);
                break;
            case TurnServerEventKind.OpenRelay:
                FreePorts--;
                _nextPort += (ushort)(e.IsEvenPort && _nextPort % 2 == 1 ? 1 : 0);
                var address = Options.RelayAddresses.Single(a => (a.GetAddressBytes().Length == 16) == e.IsIPv6);
                var local = TransportAddress.From(address, _nextPort++);
                Relays.Add(e.Relay, local);
                Assert.True(Engine.HandleRelayOpened(Now, e.Relay, local));
                break;
            case TurnServerEventKind.CloseRelay:
                FreePorts++;
                Assert.True(Relays.Remove(e.Relay));
                break;
            case TurnServerEventKind.CloseStream:
                ClosedStreams.Add(e.Stream);
                break;
        }
    }
}
