using System.Net;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Turn;
using KillaBeez.Turn.Engine;
using KillaBeez.Turn.Peers;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>
/// Our TURN client and our TURN server with somebody between them who knows the password, and strangers at both: what
/// one says is dropped, repeated, changed and made up on its way to the other.
/// </summary>
internal sealed partial class TurnWorld : EngineWorld
{
    private const string User = "ann";
    private const string Password = "correct horse";
    private const string Realm = "lab";
    private const int MaxPolls = 2048;
    private const int MaxOnWire = 64;
    private const int MaxAllocations = 4;
    private const int MaxStreams = 4;

    private static readonly TransportAddress ServerAddress = Parse("45.0.0.1:3478");
    private static readonly TransportAddress[] Clients = [Parse("44.0.0.1:5000"), Parse("44.0.0.2:5000"), Parse("44.0.0.3:5000"), Parse("[2600::9]:5000")];

    private static readonly TransportAddress[] Peers =
    [
        Parse("46.0.0.1:7000"), Parse("46.0.0.2:7000"), Parse("127.0.0.1:22"), Parse("10.1.2.3:80"), Parse("169.254.169.254:80"), Parse("45.0.0.1:3478"), Parse("45.0.0.1:50000"), Parse("224.0.0.251:5353"), Parse("[::1]:22"), Parse("[fe80::1]:9"),
    ];

    private readonly TurnClient _client;
    private readonly TurnServerEngine _server;
    private readonly FiveTuple _tuple;
    private readonly List<byte[]> _toServer = [];
    private readonly List<byte[]> _toClient = [];
    private readonly Dictionary<RelayId, TransportAddress> _relays = [];
    private readonly Queue<RelayId> _opening = new();
    private readonly byte[] _buffer = new byte[StunLimits.MaxTurnMessageBytes];
    private ushort _nextPort = 50_000;
    private long _strangerIn;
    private long _strangerOut;
    private long _strangerAnswers;
    private bool _strangerIsAuthentic;
    private ulong _seen;

    public TurnWorld(byte options)
    {
        var isStream = (options & 1) != 0;
        var server = isStream ? ServerAddress.AsTcp() : ServerAddress;
        _tuple = new FiveTuple(isStream ? Clients[0].AsTcp() : Clients[0], server);
        _client = new TurnClient(
            new TurnClientOptions { Server = server, Username = User, Password = (options & 2) != 0 ? "wrong" : Password, RequestIPv6 = (options & 4) != 0 },
            new SeededRandomSource(options));
        var serverOptions = new TurnServerOptions
        {
            Listen = [ServerAddress.ToIPEndPoint()],
            RelayAddresses = [IPAddress.Parse("45.0.0.1")],
            Realm = Realm,
            Users = new Dictionary<string, string> { [User] = Password },
            MaxAllocations = MaxAllocations,
            MaxStreams = MaxStreams,
            PerUser = TurnQuota.UserDefault with { Allocations = 3, Peers = 16, BytesPerSecond = 100_000, TotalBytes = 1_000_000 },
        };
        var own = new OwnAddresses([ServerAddress], [ServerAddress], [ServerAddress, ServerAddress.AsTcp()]);
        _server = new TurnServerEngine(serverOptions, own, new SeededRandomSource(options + 100UL));
        _server.SetWallTime(Now, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        if (isStream)
        {
            _server.HandleStreamOpened(Now, _tuple);
        }
    }

    public override void Settle(ref Outcome outcome)
    {
        Serve(() => _client.NextTimeout, _client.HandleTimeout, DrainClient);
        Serve(() => _server.NextTimeout, _server.HandleTimeout, DrainServer);
        OracleException.RequireAtMost(_server.AllocationCount, MaxAllocations, "allocations");
        OracleException.RequireAtMost(_server.StreamCount, MaxStreams, "streams");
        OracleException.RequireAtMost(_relays.Count + _opening.Count, MaxAllocations + MaxPendingRelays, "relay sockets");
        OracleException.RequireAtMost(_client.PeerCount, TurnClientLimits.MaxPeers, "peers");
        OracleException.Require(_client.State == TurnClientState.Allocated || _client.RelayedAddress is null, "a relayed address without an allocation");

        // A stranger gets an error for a request at most, and hardly more bytes than it has sent.
        OracleException.Require(
            _strangerIsAuthentic || _strangerOut <= _strangerIn + (TurnServerLimits.MaxErrorOverheadBytes * _strangerAnswers),
            "a stranger gets more than it has sent");
        outcome.AddSet(_seen);
        outcome.AddToSet((int)_client.State + 32);
        outcome.Add(_client.Failure?.Code?.Value ?? 0);
        outcome.AddToSet(54 + Math.Min(_server.AllocationCount, 4));
        outcome.AddToSet(_client.PeerCount > 0 ? 60 : 61);
        outcome.AddToSet(_server.Counts.PeersForbidden > 0 ? 62 : 63);
    }

    public override void Dispose()
    {
        // Neither engine holds buffers of a pool.
    }

    private static TransportAddress Parse(string text) => TransportAddress.From(IPEndPoint.Parse(text));

    private void DrainClient()
    {
        var polls = 0;
        while (_client.TryPollTransmit(Now, _buffer, out var written))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollTransmit of the client does not end");
            Put(_toServer, _buffer.AsSpan(0, written));
        }

        polls = 0;
        while (_client.TryPollEvent(out var e))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollEvent of the client does not end");
            _seen |= 1UL << (int)e.Kind;
        }
    }

    private void DrainServer()
    {
        var polls = 0;
        while (_server.TryPollTransmit(_buffer, out var to, out var written))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollTransmit of the server does not end");
            _seen |= StunMessage.TryParse(_buffer.AsSpan(0, written), out var message, out _) ? 1UL << (8 + (int)message.Type.Class) : 0;
            if (to == _tuple)
            {
                Put(_toClient, _buffer.AsSpan(0, written));
            }
            else
            {
                _strangerOut += written;
                _strangerAnswers++;
            }
        }

        polls = 0;
        while (_server.TryPollEvent(out var e))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollEvent of the server does not end");
            _seen |= 1UL << (16 + (int)e.Kind);
            switch (e.Kind)
            {
                case TurnServerEventKind.OpenRelay:
                    _opening.Enqueue(e.Relay);
                    break;
                case TurnServerEventKind.CloseRelay:
                    _relays.Remove(e.Relay);
                    break;
            }
        }
    }

    private static void Put(List<byte[]> wire, ReadOnlySpan<byte> message)
    {
        if (wire.Count < MaxOnWire)
        {
            wire.Add(message.ToArray());
        }
    }

    private void FeedServer(FiveTuple tuple, byte[] message)
    {
        FedBytes += message.Length;
        if (tuple != _tuple)
        {
            _strangerIn += message.Length;
        }

        if (!_server.HandleClientMessage(Now, tuple, message, out var relayed))
        {
            return;
        }

        OracleException.Require(_relays.ContainsKey(relayed.Relay), "data leaves a relay socket that is not open");
        OracleException.RequireAtMost(relayed.Payload.Length, message.Length, "bytes relayed");
        OracleException.Require(!IsForbidden(relayed.Peer), $"data is relayed to {relayed.Peer}");
        _seen |= 1UL << 24;
    }

    /// <summary>What no relay may reach, told again in few words: the machine itself, and networks behind it.</summary>
    private static bool IsForbidden(TransportAddress peer)
    {
        var address = peer.Address;
        var bytes = address.GetAddressBytes();
        return IPAddress.IsLoopback(address)
            || peer == ServerAddress
            || (bytes.Length == 4 && (bytes[0] is 0 or 10 or 127 or >= 224 || (bytes[0] == 169 && bytes[1] == 254) || (bytes[0] == 192 && bytes[1] == 168)))
            || (bytes.Length == 16 && (bytes[0] == 0xFF || (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) || (bytes[0] & 0xFE) == 0xFC));
    }

    private void FeedClient(byte[] message)
    {
        FedBytes += message.Length;
        if (_client.HandleMessage(Now, message, out _, out var payload))
        {
            OracleException.Require(_client.State == TurnClientState.Allocated, "data without an allocation");
            OracleException.RequireAtMost(payload.Length, message.Length, "bytes of a payload");
            _seen |= 1UL << 25;
        }
    }
}
