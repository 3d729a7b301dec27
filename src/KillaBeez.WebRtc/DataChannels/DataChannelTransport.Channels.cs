using KillaBeez.WebRtc.DataChannels.Dcep;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.DataChannels;

/// <content>The life of channels: ids, OPEN and ACK, resets.</content>
internal sealed partial class DataChannelTransport
{
    private DataChannelState? ChannelOn(ushort streamId) => streamId < _byStream.Length ? _byStream[streamId] : null;

    private void Bind(DataChannelState channel, ushort streamId)
    {
        if (streamId >= _byStream.Length)
        {
            Array.Resize(ref _byStream, Math.Min(ushort.MaxValue + 1, Math.Max(streamId + 1, _byStream.Length * 2)));
        }

        _byStream[streamId] = channel;
        channel.StreamId = streamId;
        _association.Sender.Queue.Stream(streamId).LowThresholdBytes = channel.LowThresholdBytes;
    }

    /// <summary>The DTLS client takes even ids, the server odd ones (RFC 8832 section 6).</summary>
    private ushort? FreeStreamId()
    {
        var limit = _options.StreamIdLimit;
        if (_isConnected)
        {
            limit = Math.Min(limit, _association.OutgoingStreamLimit);
        }

        for (var id = _isDtlsClient!.Value ? 0 : 1; id < limit; id += 2)
        {
            if (ChannelOn((ushort)id) is null && !IsReserved((ushort)id))
            {
                return (ushort)id;
            }
        }

        return null;
    }

    private void AssignStreamAndAnnounce(Instant now, DataChannelState channel)
    {
        if (channel.StreamId is null)
        {
            if (FreeStreamId() is not { } id)
            {
                Finish(channel);
                return;
            }

            Bind(channel, id);
        }

        if (!channel.IsAnnounced)
        {
            Announce(channel);
        }

        OpenIfConnected(channel);
    }

    private void Announce(DataChannelState channel)
    {
        var open = new DcepOpenMessage
        {
            Label = channel.Init.Label,
            Protocol = channel.Init.Protocol,
            Ordered = channel.Init.Ordered,
            MaxRetransmits = channel.Init.MaxRetransmits,
            MaxPacketLifeTimeMs = channel.Init.MaxPacketLifeTimeMs,
        };
        using var buffer = PooledBuffer.Rent(open.SizeBytes);
        var writer = new SpanWriter(buffer.Span);
        open.Write(ref writer);
        SendDcep(channel.StreamId!.Value, writer.Written);
        channel.IsAnnounced = true;
    }

    /// <summary>DCEP goes reliably and in order whatever the channel is (RFC 8832 section 6), and is not counted as buffered.</summary>
    private void SendDcep(ushort streamId, ReadOnlySpan<byte> message) =>
        _association.Send(streamId, PayloadProtocol.Dcep, message, isUnordered: false, isCounted: false, Reliability.Full);

    /// <summary>
    /// A channel of ours is open as soon as its OPEN is on its way: what follows in order cannot overtake it,
    /// so nothing is gained by waiting a round trip for the ACK.
    /// </summary>
    private void OpenIfConnected(DataChannelState channel)
    {
        if (!_isConnected || channel.Phase != ChannelPhase.Opening || !channel.IsAnnounced)
        {
            return;
        }

        if (channel.StreamId >= _association.OutgoingStreamLimit)
        {
            Finish(channel);
            return;
        }

        channel.Phase = ChannelPhase.Open;
        Report(DataChannelEventKind.ChannelOpened, channel);
    }

    private void Translate(in SctpEvent e)
    {
        switch (e.Kind)
        {
            case SctpEventKind.Established:
                _isConnected = true;
                _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Connected });
                foreach (var channel in _channels.Values.OrderBy(c => c.Handle.Value).ToList())
                {
                    OpenIfConnected(channel);
                }

                break;
            case SctpEventKind.Closed:
                CloseAll(e.Reason);
                break;
            case SctpEventKind.IncomingStreamReset:
                OnIncomingReset(e.StreamId);
                break;
            case SctpEventKind.AllIncomingStreamsReset:
                foreach (var channel in _channels.Values.Where(c => c.StreamId is not null).ToList())
                {
                    OnIncomingReset(channel.StreamId!.Value);
                }

                _retired.Clear();
                break;
            case SctpEventKind.OutgoingStreamResetUnanswered:
                OnResetUnanswered(e.StreamId);
                break;
            case SctpEventKind.OutgoingStreamReset:
                _unreset.Remove(e.StreamId);
                if (ChannelOn(e.StreamId) is { } reset)
                {
                    reset.IsOutgoingReset = true;
                    FinishIfReset(reset);
                    AwaitPeerReset(reset, e.At);
                }

                break;
            case SctpEventKind.BufferedAmountLow:
                if (ChannelOn(e.StreamId) is { Phase: ChannelPhase.Open } low)
                {
                    ReportBufferedAmountLow(low);
                }

                break;
        }
    }

    /// <summary>Takes a message; true where it is one for the application, which then gets its event at once.</summary>
    private bool TryTakeUserMessage(in SctpEvent message, out DataChannelEvent e)
    {
        e = default;
        if (ChannelOn(message.StreamId) is { Phase: ChannelPhase.Closing, IsIncomingReset: true })
        {
            // The peer has begun to use the id again, so it has seen our reset; only its answer is missing.
            KeepEarly(in message);
            return false;
        }

        if (message.PayloadProtocol == PayloadProtocol.Dcep)
        {
            HandleDcep(message.StreamId, message.Payload.Span);
            Discard(in message);
            return false;
        }

        if (!PayloadProtocol.IsUserMessage(message.PayloadProtocol))
        {
            Discard(in message);
            return false;
        }

        if (_retired.Contains(message.StreamId))
        {
            Discard(in message);
            return false;
        }

        if (ChannelOn(message.StreamId) is not { } channel)
        {
            KeepEarly(in message);
            return false;
        }

        if (channel.Phase is ChannelPhase.Closing or ChannelPhase.Closed)
        {
            Discard(in message);
            return false;
        }

        e = MessageEvent(channel, in message);
        return true;
    }

    private void KeepEarly(in SctpEvent message)
    {
        if (!_early.TryAdd(in message))
        {
            // More than may wait for an OPEN: the stream is given up, so that nothing is lost in silence.
            Discard(in message);
            _association.ResetStream(message.StreamId, dropUnsent: true);
        }
    }

    private DataChannelEvent MessageEvent(DataChannelState channel, in SctpEvent message)
    {
        var payload = message.Payload;
        if (PayloadProtocol.IsEmpty(message.PayloadProtocol))
        {
            _association.ReleaseReceived(payload.Length);
            payload = payload.Truncate(0);
        }

        _statistics = _statistics with
        {
            MessagesReceived = _statistics.MessagesReceived + 1,
            BytesReceived = _statistics.BytesReceived + payload.Length,
        };
        return new DataChannelEvent
        {
            Kind = DataChannelEventKind.Message,
            Channel = channel.Handle,
            StreamId = message.StreamId,
            Payload = payload,
            IsText = PayloadProtocol.IsText(message.PayloadProtocol),
        };
    }

    private void Discard(in SctpEvent message)
    {
        _association.ReleaseReceived(message.Payload.Length);
        message.Payload.Dispose();
    }

    private void HandleDcep(ushort streamId, ReadOnlySpan<byte> bytes)
    {
        var channel = ChannelOn(streamId);
        if (DcepAckMessage.IsAck(bytes))
        {
            if (channel is { IsRemote: false })
            {
                channel.IsConfirmed = true;
            }

            return;
        }

        if (!DcepOpenMessage.TryParse(bytes, out var open, out var error))
        {
            if (error != DcepParseError.WrongType && channel is null)
            {
                RefuseStream(streamId);
            }

            return;
        }

        if (channel is not null)
        {
            // A second OPEN, or one on an id of ours: the channel that is there stays as it is.
            return;
        }

        if (IsOurParity(streamId) || _unreset.Contains(streamId) || _channels.Count >= _options.MaxChannels || streamId >= DataChannelLimits.MaxStreamIds)
        {
            RefuseStream(streamId);
            return;
        }

        AcceptRemote(streamId, open);
    }

    private bool IsOurParity(ushort streamId) =>
        _isDtlsClient is { } isClient && (streamId % 2 == 0) == isClient;

    private void AcceptRemote(ushort streamId, DcepOpenMessage open)
    {
        var init = new DataChannelInit
        {
            Label = open.Label,
            Protocol = open.Protocol,
            Ordered = open.Ordered,
            MaxRetransmits = open.MaxRetransmits,
            MaxPacketLifeTimeMs = open.MaxPacketLifeTimeMs,
            Id = streamId,
        };
        var channel = new DataChannelState(new ChannelHandle(_nextHandle++), init, isRemote: true)
        {
            Phase = ChannelPhase.Open,
            IsAnnounced = true,
            IsConfirmed = true,
        };
        _channels.Add(channel.Handle.Value, channel);
        _retired.Remove(streamId);
        Bind(channel, streamId);
        SendDcep(streamId, DcepAckMessage.Bytes);
        Report(DataChannelEventKind.ChannelOpened, channel);
        DeliverEarly(channel);
    }

    private void DeliverEarly(DataChannelState channel)
    {
        while (_early.Count > 0 && _early.TryTake(channel.StreamId!.Value, isDcep: false, out var message))
        {
            _events.Enqueue(MessageEvent(channel, in message));
        }
    }

    /// <summary>Closes a stream that carries no channel of ours; the peer sees its channel closing.</summary>
    private void RefuseStream(ushort streamId)
    {
        DropEarly(streamId);
        _association.ResetStream(streamId, dropUnsent: true);
    }

    private void DropEarly(ushort streamId)
    {
        while (_early.Count > 0
            && (_early.TryTake(streamId, isDcep: false, out var message) || _early.TryTake(streamId, isDcep: true, out message)))
        {
            Discard(in message);
        }
    }

    private void OnIncomingReset(ushort streamId)
    {
        if (ChannelOn(streamId) is not { } channel)
        {
            _retired.Remove(streamId);
            DropEarly(streamId);
            return;
        }

        channel.IsIncomingReset = true;
        if (channel.Phase is ChannelPhase.Opening or ChannelPhase.Open)
        {
            // The peer closed: what it would no longer read need not be sent, and our own direction is reset
            // too, or the peer's channel would stay "closing" for ever.
            Report(DataChannelEventKind.ChannelClosing, channel);
            BeginClosing(channel, dropUnsent: true);
        }

        FinishIfReset(channel);
    }

    private void BeginClosing(DataChannelState channel, bool dropUnsent)
    {
        channel.Phase = ChannelPhase.Closing;
        var isUnknownToPeer = channel.StreamId is null || (!_isConnected && channel.Init.Negotiated);
        if (isUnknownToPeer || channel.StreamId is not { } id || (_isConnected && !_association.CanResetStreams))
        {
            Finish(channel);
            return;
        }

        _association.ResetStream(id, dropUnsent);
    }

    private void FinishIfReset(DataChannelState channel)
    {
        if (channel is { IsOutgoingReset: true, IsIncomingReset: true })
        {
            Finish(channel);
        }
    }

    private void Finish(DataChannelState channel)
    {
        if (channel.Phase == ChannelPhase.Closed)
        {
            return;
        }

        channel.Phase = ChannelPhase.Closed;
        if (channel.IsWaitingForRoom)
        {
            channel.IsWaitingForRoom = false;
            _waitingForRoom--;
        }

        Report(DataChannelEventKind.ChannelClosed, channel);
        _channels.Remove(channel.Handle.Value);
        if (channel.StreamId is { } id && ReferenceEquals(ChannelOn(id), channel))
        {
            _byStream[id] = null;
            _association.Sender.Queue.Stream(id).LowThresholdBytes = 0;
            ReplayOpen(id);
        }
    }

    /// <summary>Takes the OPEN that came while the id was still being freed; it brings its messages along.</summary>
    private void ReplayOpen(ushort streamId)
    {
        while (!_isClosed && _early.Count > 0 && _early.TryTake(streamId, isDcep: true, out var open))
        {
            HandleDcep(streamId, open.Payload.Span);
            Discard(in open);
        }
    }

    private void CloseAll(SctpCloseReason reason)
    {
        _isClosed = true;
        foreach (var channel in _channels.Values.OrderBy(c => c.Handle.Value).ToList())
        {
            Finish(channel);
        }

        _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Closed, Reason = reason });
    }
}
