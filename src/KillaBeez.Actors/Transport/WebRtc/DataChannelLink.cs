using KillaBeez.Swarm.Links;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Transport.WebRtc;

/// <summary>
/// A data channel as a link. What arrives before somebody is attached waits; the receive window bounds it.
/// </summary>
internal sealed class DataChannelLink : IMessageLink, IDataChannelSink
{
    private readonly WebRtcLinkAttempt _attempt;
    private readonly DataChannel _channel;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _channelClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IMessageLinkSink? _sink;
    private MessageBatch? _early;
    private string? _ended;

    public DataChannelLink(WebRtcLinkAttempt attempt, DataChannel channel)
    {
        _attempt = attempt;
        _channel = channel;
    }

    public LinkKind Kind => LinkKind.WebRtc;

    /// <summary>Done when both sides have closed the channel.</summary>
    public Task ChannelClosed => _channelClosed.Task;

    public void Attach(IMessageLinkSink sink)
    {
        // The lock keeps what came early in front of what comes now.
        lock (_lock)
        {
            _sink = sink;
            if (_early is { } early)
            {
                _early = null;
                sink.OnMessages(early);
            }

            if (_ended is { } reason)
            {
                sink.OnClosed(reason);
            }
        }
    }

    public bool TrySend(ReadOnlySpan<byte> message) =>
        _channel.ReadyState != DataChannelState.Open || _channel.TrySend(message);

    public void ReleaseReceived(int bytes) => _channel.ReleaseReceived(bytes);

    public void Close() => _attempt.Close();

    public void CloseChannel() => _channel.Close();

    void IDataChannelSink.OnOpened() => _attempt.OnChannelOpened(this);

    void IDataChannelSink.OnMessages(ReadOnlySpan<ReceivedMessage> batch)
    {
        var messages = new MessageBatch(batch.Length);
        foreach (var message in batch)
        {
            messages.Add(message.Payload);
        }

        lock (_lock)
        {
            if (_sink is not null)
            {
                _sink.OnMessages(messages);
            }
            else if (_early is null)
            {
                _early = messages;
            }
            else
            {
                _early.AddAll(messages);
            }
        }
    }

    void IDataChannelSink.OnWritable()
    {
        lock (_lock)
        {
            _sink?.OnWritable();
        }
    }

    void IDataChannelSink.OnClosed(PeerConnectionCloseReason reason)
    {
        _channelClosed.TrySetResult();
        End(reason == PeerConnectionCloseReason.None ? "the data channel was closed" : $"the connection ended: {reason}");
    }

    /// <summary>Says once that the link is over.</summary>
    internal void End(string reason)
    {
        lock (_lock)
        {
            if (_ended is null)
            {
                _ended = reason;
                _sink?.OnClosed(reason);
            }
        }
    }
}
