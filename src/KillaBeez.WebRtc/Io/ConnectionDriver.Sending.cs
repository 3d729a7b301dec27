using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.PeerConnections;
using DataChannelState = KillaBeez.WebRtc.PeerConnections.DataChannelState;

namespace KillaBeez.WebRtc.Io;

/// <content>Messages on their way from the channels' queues into SCTP, and the room they leave.</content>
internal sealed partial class ConnectionDriver
{
    private readonly HashSet<DataChannel> _sending = [];
    private readonly List<DataChannel> _drained = [];

    /// <summary>Moves what other threads have queued into the transport, and lets senders and readers catch up.</summary>
    private bool MoveQueued(Instant now)
    {
        var released = Interlocked.Exchange(ref _released, 0);
        if (released > 0)
        {
            _engine.Channels.ReleaseReceived(now, (int)released);
        }

        var moved = false;
        while (_queuedChannels.TryDequeue(out var channel))
        {
            channel.ClearQueued();
            if (_handles.TryGetValue(channel, out var handle))
            {
                moved |= MoveQueued(now, channel, handle);
                if (channel.HasHandler && channel.Undelivered.Count > 0)
                {
                    DeliverWaiting(channel);
                    moved = true;
                }
            }
        }

        return moved;
    }

    private bool MoveQueued(Instant now, DataChannel channel, ChannelHandle handle)
    {
        var moved = false;
        var channels = _engine.Channels;
        while ((channel.ReadyState == DataChannelState.Open || channel.IsClosePending)
            && channel.Outgoing.TryPeek(out var message)
            && TryHandOver(now, channel, handle, message))
        {
            moved = true;
            _counters.MessagesSent++;
            channel.Outgoing.Taken(channels.BufferedAmount(handle));
        }

        if (channel.IsClosePending && channel.Outgoing.IsEmpty)
        {
            channel.IsClosePending = false;
            channels.CloseChannel(now, handle);
        }

        _sending.Add(channel);
        return moved;
    }

    private bool TryHandOver(Instant now, DataChannel channel, ChannelHandle handle, in OutgoingMessage message)
    {
        try
        {
            return _engine.Channels.TrySend(now, handle, message.Payload.Span, message.IsText);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Since the application queued it the channel has ended, or the peer takes smaller messages only: what
            // was accepted cannot be kept, so the channel ends, and the connection goes on.
            channel.IsClosePending = false;
            channel.TryAdvance(DataChannelState.Closing);
            _engine.Channels.CloseChannel(now, handle);
            return false;
        }
    }

    /// <summary>After a flush: what has left the transport makes room for senders.</summary>
    private void UpdateBuffered()
    {
        if (_sending.Count == 0)
        {
            return;
        }

        _drained.Clear();
        foreach (var channel in _sending)
        {
            if (!_handles.TryGetValue(channel, out var handle) || UpdateBuffered(channel, handle))
            {
                _drained.Add(channel);
            }
        }

        foreach (var channel in _drained)
        {
            _sending.Remove(channel);
        }
    }

    /// <summary>True where the channel holds nothing any more.</summary>
    private bool UpdateBuffered(DataChannel channel, ChannelHandle handle)
    {
        var buffered = _engine.Channels.BufferedAmount(handle);
        channel.Outgoing.NoteTransport(buffered);
        if (channel.TakeBufferedAmountLow())
        {
            channel.RaiseBufferedAmountLow();
        }

        if (channel.Outgoing.TakeWritable())
        {
            channel.RaiseWritable();
        }

        return buffered == 0 && channel.Outgoing.IsEmpty;
    }
}
