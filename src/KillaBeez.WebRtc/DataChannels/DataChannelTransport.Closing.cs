namespace KillaBeez.WebRtc.DataChannels;

/// <content>Closing channels whose peer does not reset its own direction.</content>
internal sealed partial class DataChannelTransport
{
    private readonly Queue<(Instant Deadline, DataChannelState Channel)> _closing = new();

    /// <summary>
    /// Ids of channels that were given up. Until the peer resets its direction, what it sends there belongs to
    /// the old channel, so a new one must not have the id (RFC 8831 section 6.7).
    /// </summary>
    private readonly HashSet<ushort> _retired = [];

    /// <summary>Ids whose stream the peer does not reset for us: its numbers go on, so no new channel gets the id.</summary>
    private readonly HashSet<ushort> _unreset = [];

    private bool IsReserved(ushort streamId) => _retired.Contains(streamId) || _unreset.Contains(streamId);

    private Instant NextClosingTimeout
    {
        get
        {
            while (_closing.TryPeek(out var first) && first.Channel.Phase == ChannelPhase.Closed)
            {
                _closing.Dequeue();
            }

            return _closing.TryPeek(out var next) ? next.Deadline : Instant.Never;
        }
    }

    private void AwaitPeerReset(DataChannelState channel, Instant since)
    {
        if (channel.Phase == ChannelPhase.Closing)
        {
            // All wait equally long, so the queue is in the order of the deadlines.
            _closing.Enqueue((since + DataChannelLimits.PeerResetTimeout, channel));
        }
    }

    private void OnResetUnanswered(ushort streamId)
    {
        _unreset.Add(streamId);
        if (ChannelOn(streamId) is not { } channel)
        {
            return;
        }

        if (!channel.IsIncomingReset)
        {
            _retired.Add(streamId);
        }

        Finish(channel);
    }

    private void GiveUpOnPeerResets(Instant now)
    {
        while (NextClosingTimeout <= now)
        {
            var channel = _closing.Dequeue().Channel;
            _retired.Add(channel.StreamId!.Value);
            Finish(channel);
        }
    }
}
