using System.Text;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.DataChannels;

/// <summary>What a transport is doing, for statistics and tests.</summary>
internal readonly record struct DataChannelStatistics
{
    /// <summary>The smoothed round-trip time, or null before the first sample.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    public long CongestionWindowBytes { get; init; }

    public long FlightBytes { get; init; }

    public long PeerWindowBytes { get; init; }

    /// <summary>The size of SCTP packets now, in bytes.</summary>
    public int PacketBytes { get; init; }

    public SendStatistics Sent { get; init; }

    public long MessagesSent { get; init; }

    public long MessagesReceived { get; init; }

    public long BytesReceived { get; init; }

    public bool IsPeerOwnStack { get; init; }

    /// <summary>Whether messages of several channels are interleaved (RFC 8260).</summary>
    public bool IsInterleaving { get; init; }
}

/// <summary>
/// Data channels over one DTLS connection: the SCTP association, DCEP (RFC 8832) and the life of the channels
/// (RFC 8831). A state machine without clock or socket; one owner, no locks.
/// </summary>
/// <remarks>
/// After Start, HandlePacket, EndReceiveBatch, HandleTimeout and every command: poll packets until false and
/// events until false. A closed channel is reset in both directions before its stream id is used again.
/// </remarks>
internal sealed partial class DataChannelTransport
{
    private readonly DataChannelTransportOptions _options;
    private readonly SctpAssociation _association;
    private readonly Queue<DataChannelEvent> _events = new();
    private readonly Dictionary<int, DataChannelState> _channels = [];
    private readonly EarlyMessages _early = new();
    private DataChannelState?[] _byStream = new DataChannelState?[8];
    private int _nextHandle = 1;
    private int _waitingForRoom;
    private long _remoteMaxMessageBytes = DataChannelLimits.DefaultRemoteMaxMessageBytes;
    private bool? _isDtlsClient;
    private bool _isConnected;
    private bool _isClosed;
    private DataChannelStatistics _statistics;

    public DataChannelTransport(DataChannelTransportOptions options, IRandomSource random)
    {
        _options = options;
        _association = new SctpAssociation(options.Sctp, random);
    }

    /// <summary>The association below, for statistics and tests.</summary>
    public SctpAssociation Association => _association;

    /// <summary>Whether the association is up.</summary>
    public bool IsConnected => _isConnected && !_isClosed;

    public bool IsClosed => _isClosed;

    /// <summary>The largest message TrySend takes, in bytes: what the peer takes and our own cap.</summary>
    public long MaxSendMessageBytes => Math.Min(_remoteMaxMessageBytes, Math.Min(_options.MaxSendMessageBytes, DataChannelLimits.MaxMessageBytes));

    public Instant NextTimeout => Instant.Min(_association.NextTimeout, NextClosingTimeout);

    public DataChannelStatistics Statistics => _statistics with
    {
        RoundTripTime = _association.Sender.Rtt.Smoothed,
        CongestionWindowBytes = _association.Sender.CongestionWindowBytes,
        FlightBytes = _association.Sender.FlightBytes,
        PeerWindowBytes = _association.Sender.PeerWindowBytes,
        PacketBytes = _association.PacketBytes,
        Sent = _association.Sender.Statistics,
        IsPeerOwnStack = _association.IsPeerOwnStack,
        IsInterleaving = _association.IsInterleaving,
    };

    /// <summary>
    /// Takes the max-message-size of the peer's description (RFC 8841 section 6): null where it has none,
    /// 0 for any size.
    /// </summary>
    public void SetRemoteMaxMessageSize(long? bytes) =>
        _remoteMaxMessageBytes = bytes switch
        {
            null => DataChannelLimits.DefaultRemoteMaxMessageBytes,
            0 => long.MaxValue,
            _ => Math.Max(bytes.Value, 1),
        };

    /// <summary>Takes the sctp-port of the peer's description (RFC 8841 section 5). Call it before <see cref="Start"/>.</summary>
    /// <exception cref="InvalidOperationException">The association has begun.</exception>
    public void SetRemotePort(ushort port) => _association.SetRemotePort(port);

    /// <summary>DTLS is up: channels get their stream ids by the role, and INIT leaves.</summary>
    public void Start(Instant now, bool isDtlsClient)
    {
        if (_isDtlsClient is not null || _isClosed)
        {
            return;
        }

        _isDtlsClient = isDtlsClient;
        foreach (var channel in _channels.Values.Where(c => c.StreamId is null).OrderBy(c => c.Handle.Value).ToList())
        {
            AssignStreamAndAnnounce(now, channel);
        }

        _association.Connect(now);
    }

    /// <summary>Takes one decrypted DTLS record.</summary>
    public void HandlePacket(Instant now, ReadOnlySpan<byte> sctpPacket) => _association.HandlePacket(now, sctpPacket);

    /// <summary>The datagrams of one receive batch are all handled: decides about the SACK for them.</summary>
    public void EndReceiveBatch(Instant now) => _association.EndReceiveBatch();

    public void HandleTimeout(Instant now)
    {
        _association.HandleTimeout(now);
        GiveUpOnPeerResets(now);
    }

    /// <summary>
    /// Packets take another path from now on: window and round-trip time begin again, and so does the search for the
    /// largest packet that passes.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="maxPacketBytes">
    /// The largest SCTP packet, in bytes, that is worth trying on that path: <see cref="SctpLimits.MaxProbedPacketBytes"/>
    /// over IPv4, <see cref="SctpLimits.MaxProbedPacketBytesIPv6"/> over IPv6, less what a relay adds to each datagram.
    /// </param>
    public void OnPathChanged(Instant now, int maxPacketBytes) => _association.OnPathChanged(now, maxPacketBytes);

    /// <summary>
    /// The next SCTP packet, at most the association's packet size. <paramref name="destination"/> holds that
    /// much. Call until false.
    /// </summary>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written) =>
        _association.TryPollTransmit(now, destination, out written);

    /// <summary>
    /// Opens a channel, before or after the connection is up. It can carry messages from its ChannelOpened
    /// event on.
    /// </summary>
    /// <exception cref="ArgumentException">The init contradicts itself, or names an id that is taken.</exception>
    /// <exception cref="InvalidOperationException">The transport is closed or has no room for another channel.</exception>
    public ChannelHandle OpenChannel(Instant now, DataChannelInit init)
    {
        Validate(init);
        if (_isClosed)
        {
            throw new InvalidOperationException("The transport is closed.");
        }

        if (_channels.Count >= _options.MaxChannels)
        {
            throw new InvalidOperationException("The limit of open channels is reached.");
        }

        var channel = new DataChannelState(new ChannelHandle(_nextHandle++), init, isRemote: false);
        if (init.Id is { } id)
        {
            if (ChannelOn(id) is not null || IsReserved(id))
            {
                throw new ArgumentException($"Stream id {id} is in use.", nameof(init));
            }

            Bind(channel, id);
        }

        _channels.Add(channel.Handle.Value, channel);
        if (init.Negotiated)
        {
            channel.IsAnnounced = true;
            channel.IsConfirmed = true;
            OpenIfConnected(channel);
            DeliverEarly(channel);
        }
        else if (_isDtlsClient is not null)
        {
            AssignStreamAndAnnounce(now, channel);
        }

        return channel.Handle;
    }

    /// <summary>
    /// Queues a copy of a message. False: the send buffer is full; BufferedAmountLow follows when there is room.
    /// </summary>
    /// <exception cref="ArgumentException">The message is larger than <see cref="MaxSendMessageBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">The channel is not open.</exception>
    public bool TrySend(Instant now, ChannelHandle handle, ReadOnlySpan<byte> payload, bool isText)
    {
        if (!_channels.TryGetValue(handle.Value, out var channel)
            || channel.Phase != ChannelPhase.Open
            || !_association.AcceptsMessages)
        {
            throw new InvalidOperationException("The channel is not open.");
        }

        if (payload.Length > MaxSendMessageBytes)
        {
            throw new ArgumentException($"The message has {payload.Length} bytes, the limit is {MaxSendMessageBytes}.", nameof(payload));
        }

        var id = channel.StreamId!.Value;
        if (!HasRoom(id, payload.Length))
        {
            if (!channel.IsWaitingForRoom)
            {
                channel.IsWaitingForRoom = true;
                _waitingForRoom++;
            }

            return false;
        }

        var protocol = PayloadProtocol.Of(isText, payload.IsEmpty);
        ReadOnlySpan<byte> placeholder = [0];
        var isUnordered = !channel.Init.Ordered && channel.IsConfirmed;
        _association.Send(id, protocol, payload.IsEmpty ? placeholder : payload, isUnordered, !payload.IsEmpty, ReliabilityOf(now, channel.Init));
        _statistics = _statistics with { MessagesSent = _statistics.MessagesSent + 1 };
        return true;
    }

    /// <summary>Bytes accepted on the channel and not yet sent for the first time.</summary>
    public long BufferedAmount(ChannelHandle handle) =>
        _channels.TryGetValue(handle.Value, out var channel) && channel.StreamId is { } id
            ? _association.Sender.Queue.FindStream(id)?.BufferedBytes ?? 0
            : 0;

    /// <summary>BufferedAmountLow is reported when the buffered amount falls from above this to it or below.</summary>
    public void SetBufferedAmountLowThreshold(ChannelHandle handle, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (_channels.TryGetValue(handle.Value, out var channel))
        {
            channel.LowThresholdBytes = bytes;
            if (channel.StreamId is { } id)
            {
                _association.Sender.Queue.Stream(id).LowThresholdBytes = bytes;
            }
        }
    }

    /// <summary>The stream id of a channel, or null before it has one.</summary>
    public ushort? StreamIdOf(ChannelHandle handle) =>
        _channels.TryGetValue(handle.Value, out var channel) ? channel.StreamId : null;

    /// <summary>The application has consumed that many bytes of Message payloads: the peer may send as much again.</summary>
    public void ReleaseReceived(Instant now, int bytes) => _association.ReleaseReceived(bytes);

    /// <summary>Sends what is queued on the channel, then closes it in both directions. Harmless when repeated.</summary>
    public void CloseChannel(Instant now, ChannelHandle handle)
    {
        if (_channels.TryGetValue(handle.Value, out var channel) && channel.Phase is ChannelPhase.Opening or ChannelPhase.Open)
        {
            BeginClosing(channel, dropUnsent: false);
        }
    }

    /// <summary>Sends what is queued on all channels, then ends the association; Closed follows.</summary>
    public void Shutdown(Instant now) => _association.Shutdown(now);

    /// <summary>Ends the association at once.</summary>
    public void Abort(Instant now) => _association.Abort(now);

    public bool TryPollEvent(out DataChannelEvent e)
    {
        do
        {
            if (_events.TryDequeue(out e))
            {
                return true;
            }

            if (!_association.TryPollEvent(out var below))
            {
                return NotifyRoom() && _events.TryDequeue(out e);
            }

            if (below.Kind == SctpEventKind.Message && TryTakeUserMessage(in below, out e))
            {
                return true;
            }

            if (below.Kind != SctpEventKind.Message)
            {
                Translate(in below);
            }
        }
        while (true);
    }

    private static void Validate(DataChannelInit init)
    {
        if (init.MaxRetransmits is not null && init.MaxPacketLifeTimeMs is not null)
        {
            throw new ArgumentException("MaxRetransmits and MaxPacketLifeTimeMs exclude each other.", nameof(init));
        }

        if (init.MaxRetransmits < 0 || init.MaxPacketLifeTimeMs < 0)
        {
            throw new ArgumentException("Reliability limits are not negative.", nameof(init));
        }

        if (init.Negotiated && init.Id is null)
        {
            throw new ArgumentException("A negotiated channel needs an id.", nameof(init));
        }

        if (init.Id >= DataChannelLimits.MaxStreamIds)
        {
            throw new ArgumentException("65535 is no stream id.", nameof(init));
        }

        var labelBytes = Encoding.UTF8.GetByteCount(init.Label);
        var protocolBytes = Encoding.UTF8.GetByteCount(init.Protocol);
        if (labelBytes > DataChannelLimits.MaxLabelBytes || protocolBytes > DataChannelLimits.MaxLabelBytes)
        {
            throw new ArgumentException("Label and protocol have at most 65535 bytes each.", nameof(init));
        }
    }

    private static Reliability ReliabilityOf(Instant now, DataChannelInit init)
    {
        if (init.MaxRetransmits is { } retransmits)
        {
            return Reliability.Retransmits(retransmits);
        }

        return init.MaxPacketLifeTimeMs is { } ms ? Reliability.Until(now.AddMs(ms)) : Reliability.Full;
    }

    private bool HasRoom(ushort id, int bytes)
    {
        var queue = _association.Sender.Queue;
        var channelBytes = queue.FindStream(id)?.BufferedBytes ?? 0;
        return _association.Sender.MessageCount < SctpLimits.MaxOutgoingMessages
            && (channelBytes == 0 || channelBytes + bytes <= _options.ChannelSendBufferBytes)
            && (queue.BufferedBytes == 0 || queue.BufferedBytes + bytes <= _options.TotalSendBufferBytes);
    }

    /// <summary>
    /// Whoever was refused hears of it when there is room, also where the limit was another than the channel's
    /// own buffered amount.
    /// </summary>
    private bool NotifyRoom()
    {
        if (_waitingForRoom == 0)
        {
            return false;
        }

        var sender = _association.Sender;
        if (sender.Queue.BufferedBytes > _options.TotalSendBufferBytes / 2
            || sender.MessageCount > SctpLimits.MaxOutgoingMessages / 2)
        {
            return false;
        }

        foreach (var channel in _channels.Values)
        {
            if (channel.IsWaitingForRoom && BufferedAmount(channel.Handle) <= _options.ChannelSendBufferBytes / 2)
            {
                ReportBufferedAmountLow(channel);
            }
        }

        return true;
    }

    private void ReportBufferedAmountLow(DataChannelState channel)
    {
        if (channel.IsWaitingForRoom)
        {
            channel.IsWaitingForRoom = false;
            _waitingForRoom--;
        }

        Report(DataChannelEventKind.BufferedAmountLow, channel);
    }

    private void Report(DataChannelEventKind kind, DataChannelState channel) => _events.Enqueue(new DataChannelEvent
    {
        Kind = kind,
        Channel = channel.Handle,
        StreamId = channel.StreamId ?? 0,
        Init = kind == DataChannelEventKind.ChannelOpened ? channel.Init : null,
        IsRemote = channel.IsRemote,
    });
}
