using System.Diagnostics;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>Times binary messages there and back, one after the other; the next leaves when the last has come back.</summary>
internal sealed class ChannelPinger
{
    public const int WarmUps = 200;
    public const int MostCount = 1_000_000;

    private readonly DataChannel _channel;
    private readonly byte[] _message;
    private readonly double[] _times;
    private readonly TaskCompletionSource<AgentEvent.Pinged> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sentAt;
    private int _received;

    public ChannelPinger(DataChannel channel, AgentCommand.Ping command)
    {
        _channel = channel;
        _message = new byte[command.Size];
        _times = new double[command.Count];
    }

    public async Task<AgentEvent.Pinged> RunAsync()
    {
        await _channel.SendAsync(AgentText.Echo).ConfigureAwait(false);
        Next();
        return await _done.Task.ConfigureAwait(false);
    }

    /// <summary>A binary message has come back.</summary>
    public void OnEcho()
    {
        var elapsed = Stopwatch.GetElapsedTime(_sentAt).TotalMilliseconds;
        if (_received >= WarmUps)
        {
            _times[_received - WarmUps] = elapsed;
        }

        if (++_received < WarmUps + _times.Length)
        {
            Next();
            return;
        }

        Array.Sort(_times);
        _done.TrySetResult(new AgentEvent.Pinged(
            Statistics.Percentile(_times, 0.5), Statistics.Percentile(_times, 0.99), _times.Average(), _times[0]));
    }

    public void OnFailed(Exception e) => _done.TrySetException(e);

    private void Next()
    {
        _sentAt = Stopwatch.GetTimestamp();
        if (!_channel.TrySend(_message))
        {
            _done.TrySetException(new InvalidOperationException("The channel took no ping: its send buffer is full."));
        }
    }
}
