using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>Expects numbered messages, and gives their window back from another thread.</summary>
internal sealed class CountingSink(int expected) : IDataChannelSink
{
    private readonly TaskCompletionSource<bool> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<PeerConnectionCloseReason> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DataChannel? _channel;
    private int _next;

    public Task<bool> AllReceived => _all.Task;

    public Task<PeerConnectionCloseReason> Closed => _closed.Task;

    public void Attach(DataChannel channel)
    {
        _channel = channel;
        channel.SetSink(this);
    }

    public void OnMessages(ReadOnlySpan<ReceivedMessage> batch)
    {
        var bytes = 0;
        foreach (var message in batch)
        {
            if (BitConverter.ToInt32(message.Payload.Span) != _next++)
            {
                _all.TrySetResult(false);
            }

            bytes += message.Payload.Length;
            message.Payload.Dispose();
        }

        ThreadPool.QueueUserWorkItem(_ => _channel!.ReleaseReceived(bytes));
        if (_next == expected)
        {
            _all.TrySetResult(true);
        }
    }

    public void OnOpened()
    {
    }

    public void OnWritable()
    {
    }

    public void OnClosed(PeerConnectionCloseReason reason) => _closed.TrySetResult(reason);
}
