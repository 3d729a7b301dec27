using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>A message as a test keeps it.</summary>
internal sealed record TakenMessage(ushort StreamId, byte[] Bytes, bool IsText);

/// <summary>One transport with what it has reported.</summary>
internal sealed class TransportEnd(DataChannelTransport transport)
{
    public DataChannelTransport Transport { get; } = transport;

    public List<DataChannelEvent> Events { get; } = [];

    public List<TakenMessage> Messages { get; } = [];

    /// <summary>Whether messages are released when taken; a reader that stopped sets it to false.</summary>
    public bool IsReading { get; set; } = true;

    public long UnreleasedBytes { get; private set; }

    /// <summary>Takes a message instead of <see cref="Messages"/>; the bytes are valid during the call.</summary>
    public Action<DataChannelEvent>? OnMessage { get; set; }

    public bool Has(DataChannelEventKind kind) => Events.Any(e => e.Kind == kind);

    public int Count(DataChannelEventKind kind) => Events.Count(e => e.Kind == kind);

    public ChannelHandle RemoteChannel => Events.First(e => e.Kind == DataChannelEventKind.ChannelOpened && e.IsRemote).Channel;

    public void TakeEvents(Instant now)
    {
        while (Transport.TryPollEvent(out var e))
        {
            if (e.Kind != DataChannelEventKind.Message)
            {
                Events.Add(e);
                continue;
            }

            if (OnMessage is not null)
            {
                OnMessage(e);
            }
            else
            {
                Messages.Add(new TakenMessage(e.StreamId, e.Payload.Span.ToArray(), e.IsText));
            }

            if (IsReading)
            {
                Transport.ReleaseReceived(now, e.Payload.Length);
            }
            else
            {
                UnreleasedBytes += e.Payload.Length;
            }

            e.Payload.Dispose();
        }
    }

    public void ReleaseAll(Instant now)
    {
        IsReading = true;
        Transport.ReleaseReceived(now, (int)UnreleasedBytes);
        UnreleasedBytes = 0;
    }
}

/// <summary>Two transports over two pipes under virtual time.</summary>
internal sealed class TransportPair
{
    private readonly byte[] _buffer = new byte[2048];

    public TransportPair(
        ulong seed = 1,
        LossyPipeOptions? path = null,
        DataChannelTransportOptions? client = null,
        DataChannelTransportOptions? server = null)
    {
        var random = new SeededRandomSource(seed);
        ToServer = new LossyPipe(path ?? LossyPipeOptions.Perfect, random.Fork());
        ToClient = new LossyPipe(path ?? LossyPipeOptions.Perfect, random.Fork());
        Client = new TransportEnd(new DataChannelTransport(client ?? new DataChannelTransportOptions(), random.Fork()));
        Server = new TransportEnd(new DataChannelTransport(server ?? client ?? new DataChannelTransportOptions(), random.Fork()));
        Client.Transport.SetRemoteMaxMessageSize(0);
        Server.Transport.SetRemoteMaxMessageSize(0);
    }

    public TransportEnd Client { get; }

    public TransportEnd Server { get; }

    public LossyPipe ToServer { get; }

    public LossyPipe ToClient { get; }

    public Instant Now { get; private set; } = new(1_000_000);

    /// <summary>When the test itself wants its turn.</summary>
    public Instant NextWake { get; set; } = Instant.Never;

    /// <summary>The datagrams of the next receive batch at most; where the batches end decides when SACKs leave.</summary>
    public Func<int> BatchLimit { get; set; } = () => 64;

    /// <summary>Called once in every turn of the loop, to keep sending.</summary>
    public Action? OnTurn { get; set; }

    public void Start()
    {
        Client.Transport.Start(Now, isDtlsClient: true);
        Server.Transport.Start(Now, isDtlsClient: false);
    }

    public void Connect()
    {
        Start();
        Assert.True(RunUntil(() => Client.Transport.IsConnected && Server.Transport.IsConnected, TimeSpan.FromSeconds(60)));
    }

    /// <summary>Runs until the condition holds; false where the virtual time is over first.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (true)
        {
            Turn();
            if (condition())
            {
                return true;
            }

            var next = Instant.Min(
                Instant.Min(ToServer.NextArrival, ToClient.NextArrival),
                Instant.Min(NextWake, Instant.Min(Client.Transport.NextTimeout, Server.Transport.NextTimeout)));
            if (next > end)
            {
                Now = end;
                Turn();
                return condition();
            }

            Now = Instant.Max(Now, next);
        }
    }

    public void RunFor(TimeSpan time) => RunUntil(() => false, time);

    private void Turn()
    {
        Client.Transport.HandleTimeout(Now);
        Server.Transport.HandleTimeout(Now);
        Deliver(ToServer, Server.Transport);
        Deliver(ToClient, Client.Transport);
        Client.TakeEvents(Now);
        Server.TakeEvents(Now);
        OnTurn?.Invoke();
        Flush(Client.Transport, ToServer);
        Flush(Server.Transport, ToClient);
    }

    private void Deliver(LossyPipe pipe, DataChannelTransport transport)
    {
        var hasReceived = false;
        var limit = BatchLimit();
        for (var i = 0; i < limit && pipe.TryReceive(Now, out var datagram); i++)
        {
            transport.HandlePacket(Now, datagram.Span);
            datagram.Dispose();
            hasReceived = true;
        }

        if (hasReceived)
        {
            transport.EndReceiveBatch(Now);
        }
    }

    private void Flush(DataChannelTransport transport, LossyPipe pipe)
    {
        while (transport.TryPollTransmit(Now, _buffer, out var written))
        {
            pipe.Send(Now, _buffer.AsSpan(0, written));
        }
    }
}
