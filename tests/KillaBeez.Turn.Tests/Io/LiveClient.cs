using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Io;

internal enum LiveTransport
{
    Udp,
    Tcp,
    Tls,
}

/// <summary>Our TURN client on a real socket: a task reads, the test's own thread does the rest.</summary>
internal sealed class LiveClient : IDisposable
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Socket _socket;
    private readonly Stream? _stream;
    private readonly ConcurrentQueue<byte[]> _incoming = new();
    private readonly byte[] _buffer = new byte[StunLimits.MaxTurnMessageBytes];

    public LiveClient(TurnServer server, LiveTransport transport, string username = TestServer.User, string password = TestServer.Password)
    {
        var address = transport switch
        {
            LiveTransport.Udp => server.UdpEndPoints[0],
            LiveTransport.Tcp => server.TcpEndPoints[0],
            _ => server.TlsEndPoints[0],
        };
        _socket = transport == LiveTransport.Udp
            ? new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(address);
        if (transport != LiveTransport.Udp)
        {
            _stream = new NetworkStream(_socket, ownsSocket: false);
        }

        if (transport == LiveTransport.Tls)
        {
            var secure = new SslStream(_stream!, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate?.Subject == $"CN={TestServer.CertificateName}");
            secure.AuthenticateAsClient(TestServer.CertificateName);
            _stream = secure;
        }

        var isTcp = transport != LiveTransport.Udp;
        var target = TransportAddress.From(address);
        Turn = new TurnClient(
            new TurnClientOptions { Server = isTcp ? target.AsTcp() : target, Username = username, Password = password }, SystemRandomSource.Instance);
        Reading = Task.Run(ReadAsync);
        Turn.Start(Now);
    }

    public TurnClient Turn { get; }

    public List<(TransportAddress Peer, byte[] Payload)> Received { get; } = [];

    public int OnChannels { get; private set; }

    /// <summary>Ends when the server has closed the connection.</summary>
    public Task Reading { get; }

    /// <summary>While false, nothing is read from the socket.</summary>
    public SemaphoreSlim Read { get; } = new(1, 1);

    public TransportAddress Relayed => Turn.RelayedAddress!.Value;

    private Instant Now => Instant.FromElapsed(_clock.Elapsed);

    public static void RunUntil(Func<bool> condition, string what, params LiveClient[] clients)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience.Bound, $"waited too long for {what}: {string.Join("; ", clients.Select(c => $"{c.Turn.State} {c.Turn.Failure?.Reason}"))}");
            if (!clients.Aggregate(false, (any, client) => client.Step() || any))
            {
                Thread.Yield();
            }
        }
    }

    public LiveClient Allocate()
    {
        RunUntil(() => Turn.State != TurnClientState.Allocating, "the allocation", this);
        Assert.True(Turn.State == TurnClientState.Allocated, Turn.Failure?.Reason);
        return this;
    }

    public void Send(TransportAddress peer, params byte[] payload)
    {
        if (Turn.TryWrap(Now, peer, payload, _buffer, out var written))
        {
            Transmit(written);
        }

        Step();
    }

    /// <summary>Gives the allocation back and waits for the answer.</summary>
    public void Close()
    {
        Turn.Close(Now);
        Step();
        RunUntil(() => Turn.NextTimeout == Instant.Never, "the release", this);
    }

    /// <summary>Takes what has come and sends what is due; whether there was anything.</summary>
    public bool Step()
    {
        var any = false;
        if (Turn.NextTimeout <= Now)
        {
            Turn.HandleTimeout(Now);
        }

        while (_incoming.TryDequeue(out var message))
        {
            any = true;
            if (Turn.HandleMessage(Now, message, out var peer, out var payload))
            {
                Received.Add((peer, payload.ToArray()));
                OnChannels += message[0] == 0x40 ? 1 : 0;
            }
        }

        while (Turn.TryPollTransmit(Now, _buffer, out var written))
        {
            any = true;
            Transmit(written);
        }

        while (Turn.TryPollEvent(out _))
        {
            any = true;
        }

        return any;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stream?.Dispose();
        Read.Dispose();
    }

    private void Transmit(int bytes)
    {
        if (_stream is null)
        {
            _socket.Send(_buffer.AsSpan(0, bytes));
        }
        else
        {
            _stream.Write(_buffer.AsSpan(0, bytes));
        }
    }

    private async Task ReadAsync()
    {
        var framer = new StreamFramer(StreamFraming.Turn, StunLimits.MaxTurnMessageBytes);
        var datagram = new byte[StunLimits.MaxTurnMessageBytes];
        try
        {
            while (true)
            {
                await Read.WaitAsync();
                Read.Release();
                if (_stream is null)
                {
                    var received = await _socket.ReceiveAsync(datagram);
                    _incoming.Enqueue(datagram[..received]);
                    continue;
                }

                var count = await _stream.ReadAsync(framer.GetMemory());
                if (count == 0)
                {
                    return;
                }

                framer.Advance(count);
                while (framer.TryRead(out var frame))
                {
                    _incoming.Enqueue(frame.ToArray());
                }

                Assert.Equal(StreamFramingError.None, framer.Error);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Closed by either side.
        }
    }
}
