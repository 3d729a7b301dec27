using System.Diagnostics;
using System.Text;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>
/// One connection of a scriptable peer and its one channel: carries out what it is told and what the other side's
/// text messages ask for.
/// </summary>
internal sealed partial class AgentConnection
{
    public const string ChannelLabel = "bench";

    /// <summary>What may wait to be echoed before the other side is taken for one that does not read.</summary>
    private const int MaxEchoBacklogBytes = 16 * 1024 * 1024;

    // A command's own high water mark is what counts; the channel's lies above it.
    private static readonly PeerConnectionOptions _options = new() { SendBufferHighBytes = 4 * 1024 * 1024, SendBufferLowBytes = 1024 * 1024 };

    private readonly int _id;
    private readonly PeerConnection _connection;
    private readonly Action<AgentEvent> _report;
    private readonly Queue<byte[]> _echoes = new();
    private DataChannel? _channel;
    private volatile ChannelSender? _sender;
    private volatile ChannelPinger? _pinger;
    private bool _isEcho;
    private long _sunkBytes;
    private int _echoBacklogBytes;
    private int _isOver;

    public AgentConnection(int id, RtcEndpoint endpoint, IceTransportPolicy policy, Action<AgentEvent> report)
    {
        _id = id;
        _report = report;
        _connection = endpoint.CreatePeerConnection(_options with { IceTransportPolicy = policy });
        _connection.ConnectionStateChanged += (_, _) => OnStateChanged();
        _connection.NegotiationNeeded += (_, _) => OnNegotiationNeeded();
    }

    /// <summary>Raised once, when the connection is over; it must then be disposed.</summary>
    public event Action<AgentConnection>? Over;

    public int Id => _id;

    public async Task OfferAsync()
    {
        var channel = _connection.CreateDataChannel(ChannelLabel);
        var start = Stopwatch.GetTimestamp();
        channel.Opened += (_, _) => _report(new AgentEvent.Open(Stopwatch.GetElapsedTime(start).TotalMilliseconds) { Id = _id });
        Take(channel);
        var offer = await _connection.CreateOfferAsync().ConfigureAwait(false);
        await _connection.SetLocalDescriptionAsync(offer).ConfigureAwait(false);
        _report(new AgentEvent.Offer(_connection.LocalDescription!.Sdp) { Id = _id });
    }

    public async Task AnswerAsync(string offer)
    {
        _connection.DataChannelOpened += (_, channel) =>
        {
            if (_channel is null)
            {
                Take(channel);
                _report(new AgentEvent.RemoteOpen { Id = _id });
            }
        };
        await _connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Offer, offer)).ConfigureAwait(false);
        var answer = await _connection.CreateAnswerAsync().ConfigureAwait(false);
        await _connection.SetLocalDescriptionAsync(answer).ConfigureAwait(false);
        _report(new AgentEvent.Answer(_connection.LocalDescription!.Sdp) { Id = _id });
    }

    public Task SetAnswerAsync(string answer) =>
        _connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Answer, answer));

    public async Task SendAsync(AgentCommand.Send command)
    {
        var sender = new ChannelSender(IdleChannel(), command);
        _sender = sender;
        AgentEvent.Sent result;
        try
        {
            result = await sender.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _sender = null;
        }

        // Only now: the harness's next command may come before this line returns.
        _report(result with { Id = _id });
    }

    public async Task PingAsync(AgentCommand.Ping command)
    {
        var pinger = new ChannelPinger(IdleChannel(), command);
        _pinger = pinger;
        AgentEvent.Pinged result;
        try
        {
            result = await pinger.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _pinger = null;
        }

        // Only now: the harness's next command may come before this line returns.
        _report(result with { Id = _id });
    }

    /// <summary>Closes the connection, where it is not over, and says so once.</summary>
    public async Task CloseAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        End("the connection was closed");
    }

    private DataChannel IdleChannel()
    {
        if (_channel is not { ReadyState: DataChannelState.Open } channel)
        {
            throw new InvalidOperationException("The channel is not open.");
        }

        return _sender is null && _pinger is null
            ? channel
            : throw new InvalidOperationException("A send or ping is under way on this connection.");
    }

    private void Take(DataChannel channel)
    {
        _channel = channel;
        channel.BufferedAmountLow += (_, _) => SendEchoes();
        channel.Closed += (_, _) => End("the channel was closed");
        channel.MessageReceived += OnMessage;
    }

    private void OnMessage(DataChannel channel, ReadOnlyMemory<byte> message, bool isText)
    {
        if (isText)
        {
            OnText(Encoding.UTF8.GetString(message.Span));
        }
        else if (_pinger is { } pinger)
        {
            pinger.OnEcho();
        }
        else if (!_isEcho)
        {
            _sunkBytes += message.Length;
        }
        else if (_echoes.Count > 0 || !channel.TrySend(message.Span))
        {
            Keep(channel, message.ToArray());
        }
    }

    private void OnText(string text)
    {
        if (text == AgentText.Sink)
        {
            _isEcho = false;
            _sunkBytes = 0;
        }
        else if (text == AgentText.Echo)
        {
            _isEcho = true;
        }
        else if (AgentText.IsEnd(text))
        {
            // A sink has sent nothing itself, so its buffer has room for the one word.
            _channel!.TrySend(Encoding.UTF8.GetBytes(AgentText.Done(_sunkBytes)), isText: true);
        }
        else if (AgentText.TryParseDone(text, out var bytes))
        {
            _sender?.OnDone(bytes);
        }
        else
        {
            _report(new AgentEvent.Error("The other side sent a text that is no order.") { Id = _id });
        }
    }

    private void Keep(DataChannel channel, byte[] message)
    {
        _echoBacklogBytes += message.Length;
        if (_echoBacklogBytes > MaxEchoBacklogBytes)
        {
            _report(new AgentEvent.Error("The other side does not read what is echoed.") { Id = _id });
            channel.Close();
            return;
        }

        _echoes.Enqueue(message);
    }

    private void SendEchoes()
    {
        while (_echoes.TryPeek(out var message) && _channel!.TrySend(message))
        {
            _echoes.Dequeue();
            _echoBacklogBytes -= message.Length;
        }
    }

    private void OnStateChanged()
    {
        if (_connection.ConnectionState is PeerConnectionState.Failed or PeerConnectionState.Closed)
        {
            End(_connection.FailureReason ?? "the connection was closed");
        }
    }

    private void End(string reason)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            var failure = new KillaBeezException(KillaBeezError.Closed, reason);
            _sender?.OnFailed(failure);
            _pinger?.OnFailed(failure);
            _report(new AgentEvent.Closed { Id = _id });
            Over?.Invoke(this);
        }
    }
}
