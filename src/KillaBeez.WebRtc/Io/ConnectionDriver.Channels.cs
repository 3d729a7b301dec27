using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.PeerConnections;
using DataChannelInit = KillaBeez.WebRtc.PeerConnections.DataChannelInit;
using DataChannelState = KillaBeez.WebRtc.PeerConnections.DataChannelState;

namespace KillaBeez.WebRtc.Io;

/// <content>The connection's channels: their messages, their back-pressure, their ends.</content>
internal sealed partial class ConnectionDriver
{
    private readonly Dictionary<ChannelHandle, DataChannel> _channels = [];
    private readonly Dictionary<DataChannel, ChannelHandle> _handles = [];
    private readonly List<ReceivedMessage> _batch = [];

    public PeerConnectionOptions Options => _options;

    /// <summary>Opens a channel, or closes it where that is not possible.</summary>
    public void OpenChannel(Instant now, DataChannel channel, DataChannelInit init)
    {
        try
        {
            if (IsFinished)
            {
                throw new InvalidOperationException("The connection is over.");
            }

            var handle = _engine.Channels.OpenChannel(now, init.ToTransport(channel.Label));
            _channels[handle] = channel;
            _handles[channel] = handle;
            _engine.NoteChannelWanted();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Its id is taken, there are too many, or the connection has ended since.
            Guard(now, () => CloseChannel(channel));
        }

        _loop.Touch(this);
    }

    /// <summary>Closes a channel after what has been queued for it. From any thread.</summary>
    public void PostClose(DataChannel channel) => _loop.Post(now => Run(now, _ =>
    {
        if (_handles.ContainsKey(channel))
        {
            channel.IsClosePending = true;
            NoteQueued(channel);
        }
    }));

    /// <summary>Directs a channel's messages to a sink. From any thread.</summary>
    public void PostSink(DataChannel channel, IDataChannelSink sink)
    {
        if (_loop.IsCurrentThread)
        {
            AttachSink(channel, sink);
        }
        else if (!_loop.Post(now => Guard(now, () => AttachSink(channel, sink))))
        {
            sink.OnClosed(_engine.CloseReason);
        }
    }

    private void AttachSink(DataChannel channel, IDataChannelSink sink)
    {
        if (channel.ReadyState == DataChannelState.Closed)
        {
            sink.OnClosed(_engine.CloseReason);
            return;
        }

        channel.AttachSink(sink);
        NoteQueued(channel);
    }

    /// <summary>Runs what calls into the application; what it throws ends the connection, not the thread.</summary>
    private void Guard(Instant now, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            FailInternally(now, e);
        }
    }

    private bool RaiseEvents(Instant now)
    {
        var raised = false;
        while (_engine.TryPollEvent(out var e))
        {
            raised = true;
            _owner.Publish(_engine);
            switch (e.Kind)
            {
                case PeerConnectionEventKind.LocalCandidate:
                    _owner.RaiseCandidate(e.Candidate!);
                    break;
                case PeerConnectionEventKind.NameToResolve:
                    _loop.Names.Resolve(now, e.Candidate!, this);
                    break;
                case PeerConnectionEventKind.NegotiationNeeded:
                    _owner.RaiseNegotiationNeeded();
                    break;
                default:
                    if (e.State == PeerConnectionState.Disconnected && _engine.SelectedPath is { } silent)
                    {
                        SocketSet?.Find(silent.Local)?.Verify(now);
                    }

                    _owner.RaiseStateChanged(e.State);
                    break;
            }
        }

        _owner.RaiseGatheringStateChanged();
        DataChannel? batched = null;
        while (_engine.TryPollChannelEvent(now, out var e))
        {
            raised = true;
            if (e.Kind != DataChannelEventKind.Message)
            {
                DeliverBatch(batched);
                batched = null;
                HandleChannelEvent(now, e);
                continue;
            }

            if (!_channels.TryGetValue(e.Channel, out var channel))
            {
                _engine.Channels.ReleaseReceived(now, e.Payload.Length);
                e.Payload.Dispose();
                continue;
            }

            if (channel != batched)
            {
                DeliverBatch(batched);
                batched = channel;
            }

            _counters.MessagesReceived++;
            _batch.Add(new ReceivedMessage(e.Payload, e.IsText));
        }

        DeliverBatch(batched);
        return raised;
    }

    private void DeliverBatch(DataChannel? channel)
    {
        if (channel is null)
        {
            return;
        }

        if (channel.Sink is { } sink && channel.Undelivered.Count == 0)
        {
            var messages = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch);
            try
            {
                sink.OnMessages(messages);
            }
            finally
            {
                _batch.Clear();
            }

            return;
        }

        foreach (var message in _batch)
        {
            channel.Undelivered.Enqueue(message);
        }

        _batch.Clear();
        DeliverWaiting(channel);
    }

    /// <summary>Hands over what waits; without anybody who listens it goes on waiting, and the peer's window stays smaller.</summary>
    private void DeliverWaiting(DataChannel channel)
    {
        if (channel.Sink is { } sink)
        {
            var messages = channel.Undelivered.ToArray();
            channel.Undelivered.Clear();
            if (messages.Length > 0)
            {
                sink.OnMessages(messages);
            }

            return;
        }

        while (channel.HasHandler && channel.Sink is null && channel.Undelivered.TryDequeue(out var message))
        {
            var bytes = message.Payload.Length;
            using (message.Payload)
            {
                channel.RaiseMessage(message.Payload.Memory, message.IsText);
            }

            ReleaseReceived(bytes);
        }
    }

    private void HandleChannelEvent(Instant now, in DataChannelEvent e)
    {
        switch (e.Kind)
        {
            case DataChannelEventKind.ChannelOpened:
                OnChannelOpened(e);
                break;
            case DataChannelEventKind.BufferedAmountLow when _channels.TryGetValue(e.Channel, out var writable):
                // The transport was full when the queue was last moved.
                NoteQueued(writable);
                break;
            case DataChannelEventKind.ChannelClosing when _channels.TryGetValue(e.Channel, out var closing):
                // What this side still wanted to send before its own close has nobody to go to any more.
                closing.IsClosePending = false;
                closing.TryAdvance(DataChannelState.Closing);
                break;
            case DataChannelEventKind.ChannelClosed when _channels.Remove(e.Channel, out var closed):
                CloseChannel(closed);
                break;
        }
    }

    private void OnChannelOpened(in DataChannelEvent e)
    {
        if (_channels.TryGetValue(e.Channel, out var channel))
        {
            channel.SetId(e.StreamId);
            if (channel.TryAdvance(DataChannelState.Open))
            {
                channel.RaiseOpened();
            }

            return;
        }

        channel = new DataChannel(this, e.Init!.Label, DataChannelInit.FromTransport(e.Init), _options);
        channel.SetId(e.StreamId);
        channel.TryAdvance(DataChannelState.Open);
        _channels[e.Channel] = channel;
        _handles[channel] = e.Channel;
        _owner.RaiseChannelOpened(channel);
    }

    private void CloseChannel(DataChannel channel)
    {
        _handles.Remove(channel);
        _sending.Remove(channel);
        channel.TryAdvance(DataChannelState.Closed);
        channel.RaiseClosed(_engine.CloseReason);

        // What nobody has read counts against the receive window of the whole connection until it is given back.
        var unread = 0;
        while (channel.Undelivered.TryDequeue(out var message))
        {
            unread += message.Payload.Length;
            message.Payload.Dispose();
        }

        if (unread > 0)
        {
            ReleaseReceived(unread);
        }
    }

    private void CloseAllChannels()
    {
        foreach (var channel in _handles.Keys.ToArray())
        {
            try
            {
                CloseChannel(channel);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The connection is over: a handler's failure has nothing left to end.
                _owner.NoteFailure(e);
            }
        }

        _channels.Clear();
    }
}
