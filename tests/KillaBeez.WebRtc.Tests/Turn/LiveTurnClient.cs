using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

/// <summary>A client on a real socket, turned by the test's own thread.</summary>
internal sealed class LiveTurnClient : IDisposable
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Socket _socket;
    private readonly bool _ownsSocket;
    private readonly StreamFramer _framer = new(StreamFraming.Turn, StunLimits.MaxTurnMessageBytes);
    private readonly byte[] _buffer = new byte[StunLimits.MaxTurnMessageBytes];

    public LiveTurnClient(CoturnServer server, bool overTcp, Func<TurnClientOptions, TurnClientOptions>? change = null, Socket? socket = null)
    {
        var options = new TurnClientOptions
        {
            Server = overTcp ? server.Address.AsTcp() : server.Address,
            Username = CoturnServer.User,
            Password = CoturnServer.Password,
        };
        Client = new TurnClient(change?.Invoke(options) ?? options, SystemRandomSource.Instance);
        _ownsSocket = socket is null;
        _socket = socket ?? Connect(server, overTcp);
        Client.Start(Now);
    }

    public TurnClient Client { get; }

    public List<TurnEvent> Events { get; } = [];

    public List<(TransportAddress Peer, byte[] Payload, bool OnChannel)> Received { get; } = [];

    /// <summary>The bytes of every message to the server.</summary>
    public List<byte[]> Sent { get; } = [];

    public TransportAddress Local => TransportAddress.From((IPEndPoint)_socket.LocalEndPoint!);

    private Instant Now => Instant.FromElapsed(_clock.Elapsed);

    public static Socket Connect(CoturnServer server, bool overTcp)
    {
        var socket = overTcp
            ? new Socket(server.Address.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(server.Address.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server.Address.ToIPEndPoint());
        return socket;
    }

    /// <summary>Turns all clients until the condition holds.</summary>
    public static void RunUntil(Func<bool> condition, params LiveTurnClient[] clients)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience.Bound, string.Join("; ", clients.Select(c => $"{c.Client.State} {c.Client.Failure?.Reason}")));
            foreach (var client in clients)
            {
                client.Turn();
            }
        }
    }

    public LiveTurnClient Allocate()
    {
        RunUntil(() => Client.State != TurnClientState.Allocating, this);
        Turn();
        Assert.True(Client.State == TurnClientState.Allocated, Client.Failure?.Reason);
        return this;
    }

    /// <summary>A payload to a peer; whether it went on a channel.</summary>
    public bool Send(TransportAddress peer, byte[] payload)
    {
        var wrapped = Client.TryWrap(Now, peer, payload, _buffer, out var written);
        var isOnChannel = wrapped && StunDemux.Classify(_buffer.AsSpan(0, written)) == DatagramKind.TurnChannelData;
        if (wrapped)
        {
            Transmit(written);
        }

        Turn();
        return isOnChannel;
    }

    public void Close()
    {
        Client.Close(Now);
        RunUntil(() => Client.NextTimeout == Instant.Never, this);
    }

    public void Dispose()
    {
        if (_ownsSocket)
        {
            _socket.Dispose();
        }
    }

    /// <summary>Takes what has come, waiting a moment for it, and sends what is due.</summary>
    public void Turn()
    {
        if (Client.NextTimeout <= Now)
        {
            Client.HandleTimeout(Now);
        }

        while (Client.TryPollTransmit(Now, _buffer, out var written))
        {
            Transmit(written);
        }

        while (Client.TryPollEvent(out var e))
        {
            Events.Add(e);
        }

        while (_socket.Poll(TimeSpan.FromMilliseconds(1), SelectMode.SelectRead))
        {
            if (!Receive())
            {
                return;
            }
        }
    }

    private bool Receive()
    {
        if (_socket.ProtocolType == ProtocolType.Udp)
        {
            Handle(_buffer.AsSpan(0, _socket.Receive(_buffer)));
            return true;
        }

        var count = _socket.Receive(_framer.GetMemory().Span);
        _framer.Advance(count);
        while (_framer.TryRead(out var frame))
        {
            Handle(frame);
        }

        Assert.Equal(StreamFramingError.None, _framer.Error);
        return count > 0;
    }

    private void Handle(ReadOnlySpan<byte> message)
    {
        if (Client.HandleMessage(Now, message, out var peer, out var payload))
        {
            Received.Add((peer, payload.ToArray(), StunDemux.Classify(message) == DatagramKind.TurnChannelData));
        }
    }

    private void Transmit(int count)
    {
        Sent.Add(_buffer[..count]);
        _ = _socket.Send(_buffer.AsSpan(0, count));
    }
}
