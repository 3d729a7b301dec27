using System.Diagnostics;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>
/// One transfer over a channel, between two water marks as a browser's page would do it: fill up to the high one, wait
/// for the event that says that the low one is reached. Refilling happens on the thread that raises the event.
/// </summary>
internal sealed class ChannelSender
{
    private readonly DataChannel _channel;
    private readonly AgentCommand.Send _command;
    private readonly byte[] _message;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<AgentEvent.Sent> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _start;
    private long _sent;
    private bool _hasEnded;

    public ChannelSender(DataChannel channel, AgentCommand.Send command)
    {
        _channel = channel;
        _command = command;
        _message = new byte[command.Size];
        Random.Shared.NextBytes(_message);
    }

    /// <summary>Done with the other side's word.</summary>
    public async Task<AgentEvent.Sent> RunAsync()
    {
        _channel.BufferedAmountLowThreshold = _command.Low;
        _channel.BufferedAmountLow += OnBufferedAmountLow;
        try
        {
            await _channel.SendAsync(AgentText.Sink).ConfigureAwait(false);
            _start = Stopwatch.GetTimestamp();
            Fill();
            return await _done.Task.ConfigureAwait(false);
        }
        finally
        {
            _channel.BufferedAmountLow -= OnBufferedAmountLow;
        }
    }

    /// <summary>The other side has received everything.</summary>
    public void OnDone(long received) =>
        _done.TrySetResult(new AgentEvent.Sent(_sent, received, Stopwatch.GetElapsedTime(_start).TotalMilliseconds));

    public void OnFailed(Exception e) => _done.TrySetException(e);

    private void OnBufferedAmountLow(object? sender, EventArgs e)
    {
        try
        {
            Fill();
        }
        catch (Exception failure) when (failure is KillaBeezException or ArgumentException or InvalidOperationException)
        {
            _done.TrySetException(failure);
        }
    }

    private void Fill()
    {
        lock (_lock)
        {
            while (!_hasEnded && _channel.BufferedAmount < _command.High)
            {
                if (_sent >= _command.Total || Stopwatch.GetElapsedTime(_start).TotalSeconds >= _command.MaxSec)
                {
                    _hasEnded = _channel.TrySend(AgentText.EndBytes, isText: true);
                    return;
                }

                if (!_channel.TrySend(_message))
                {
                    return;
                }

                _sent += _message.Length;
            }
        }
    }
}
