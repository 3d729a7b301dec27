using System.Net;
using System.Text;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

/// <summary>A client and a scripted server under virtual time, with seeded loss and delay between them.</summary>
internal sealed class TurnRig
{
    private readonly PriorityQueue<(bool ToServer, byte[] Bytes), (Instant At, long Order)> _inFlight = new();
    private readonly SeededRandomSource _random;
    private readonly byte[] _buffer = new byte[StunLimits.MaxTurnMessageBytes];
    private long _order;

    public TurnRig(ScriptedTurnServer? server = null, TurnClientOptions? options = null, ulong seed = 1)
    {
        _random = new SeededRandomSource(seed);
        Server = server ?? new ScriptedTurnServer();
        Client = new TurnClient(options ?? Options(), new SeededRandomSource(seed + 1000));
        Server.IsOverStream = Client.Server.IsTcp;
    }

    public TurnClient Client { get; }

    public ScriptedTurnServer Server { get; }

    public Instant Now { get; private set; } = Instant.FromElapsed(TimeSpan.FromHours(1));

    public double Loss { get; set; }

    public int DelayMs { get; set; } = 10;

    /// <summary>Takes direction (true: to the server) and bytes; true swallows the message.</summary>
    public Func<bool, byte[], bool>? Drop { get; set; }

    /// <summary>What the client has put on the wire.</summary>
    public List<(Instant At, byte[] Bytes)> Sent { get; } = [];

    public List<TurnEvent> Events { get; } = [];

    /// <summary>Payloads that the client handed out.</summary>
    public List<(TransportAddress Peer, byte[] Payload)> Received { get; } = [];

    public static TransportAddress Parse(string text) => TransportAddress.From(IPEndPoint.Parse(text));

    public static TurnClientOptions Options(string server = "192.0.2.1:3478") => new()
    {
        Server = Parse(server),
        Username = ScriptedTurnServer.User,
        Password = ScriptedTurnServer.Password,
    };

    public static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>Starts the client and runs until it has an allocation.</summary>
    public TurnRig Allocate()
    {
        Start();
        RunUntil(() => Client.State == TurnClientState.Allocated, seconds: 60);
        return this;
    }

    public void Start()
    {
        Client.Start(Now);
        Pump();
    }

    public void Close()
    {
        Client.Close(Now);
        Pump();
    }

    /// <summary>A payload to a peer; false where it was held or dropped.</summary>
    public bool Send(TransportAddress peer, string payload) => Send(peer, Bytes(payload));

    public bool Send(TransportAddress peer, byte[] payload)
    {
        var wrapped = Client.TryWrap(Now, peer, payload, _buffer, out var written);
        if (wrapped)
        {
            Launch(toServer: true, _buffer.AsSpan(0, written).ToArray());
        }

        Pump();
        return wrapped;
    }

    /// <summary>A peer's datagram arrives at the relayed address.</summary>
    public void PeerSends(TransportAddress peer, string payload)
    {
        if (Server.FromPeer(Now, peer, Bytes(payload)) is { } message)
        {
            Launch(toServer: false, message);
        }
    }

    /// <summary>Puts bytes of any origin before the client at once; whether it took them for a peer's data.</summary>
    public bool Inject(byte[] message)
    {
        var isData = Client.HandleMessage(Now, message, out var peer, out var payload);
        if (isData)
        {
            Received.Add((peer, payload.ToArray()));
        }

        Pump();
        return isData;
    }

    public void Run(double seconds) => RunUntil(() => false, seconds, mustHold: false);

    public void RunUntil(Func<bool> condition, double seconds, bool mustHold = true)
    {
        var end = Now.AddMs(seconds * 1000);
        Pump();
        while (!condition())
        {
            var next = Instant.Min(Client.NextTimeout, _inFlight.TryPeek(out _, out var first) ? first.At : Instant.Never);
            if (next > end)
            {
                Now = end;
                Assert.True(condition() || !mustHold, $"not within {seconds} s; client is {Client.State}, {Client.Failure?.Reason}");
                return;
            }

            Now = Instant.Max(Now, next);
            Step();
        }
    }

    private void Step()
    {
        while (_inFlight.TryPeek(out var message, out var due) && due.At <= Now)
        {
            _ = _inFlight.Dequeue();
            if (!message.ToServer)
            {
                _ = Inject(message.Bytes);
            }
            else if (Server.Handle(Now, message.Bytes) is { } answer)
            {
                Launch(toServer: false, answer);
            }
        }

        if (Client.NextTimeout <= Now)
        {
            Client.HandleTimeout(Now);
            Pump();
            Assert.True(Client.NextTimeout > Now, "the client stays at one moment");
        }
    }

    private void Pump()
    {
        for (var sends = 0; Client.TryPollTransmit(Now, _buffer, out var written); sends++)
        {
            Assert.True(sends < 1000, "the client does not stop sending");
            Launch(toServer: true, _buffer.AsSpan(0, written).ToArray());
        }

        while (Client.TryPollEvent(out var e))
        {
            Events.Add(e);
        }
    }

    private void Launch(bool toServer, byte[] bytes)
    {
        if (toServer)
        {
            Sent.Add((Now, bytes));
        }

        if (Drop?.Invoke(toServer, bytes) == true || _random.Chance(Loss))
        {
            return;
        }

        _inFlight.Enqueue((toServer, bytes), (Now.AddMs(DelayMs), _order++));
    }
}
