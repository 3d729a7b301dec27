namespace KillaBeez.Swarm.Multiplexing;

/// <content>How much the peer may send: windows and their growth.</content>
internal sealed partial class MuxEngine
{
    /// <summary>
    /// Gives credit back when half of the window was consumed: earlier would cost a frame for every read, later
    /// would stop a steady sender. A window that was used up faster than the path explains is doubled.
    /// </summary>
    private void GrantIfDue(Instant now, MuxStream stream)
    {
        if (stream.IsRemoteClosed || stream.UnreturnedBytes * 2 < stream.WindowBytes)
        {
            return;
        }

        var growth = 0L;
        if (RoundTripTime is { } rtt && now - stream.LastGrantAt < rtt * _options.GrowWithinRoundTrips)
        {
            var budget = Math.Max(0, _limits.ReceiveBudgetBytes - _windowBytes);
            growth = Math.Min(Math.Min(stream.WindowBytes, Math.Max(0, _limits.MaxWindowBytes - stream.WindowBytes)), budget);
        }

        var grant = stream.UnreturnedBytes + growth;
        stream.UnreturnedBytes = 0;
        stream.WindowBytes += growth;
        _windowBytes += growth;
        stream.ReceiveCredit += grant;
        stream.PendingGrantBytes += grant;
        stream.LastGrantAt = now;
        QueueControl(stream);
        if (RoundTripTime is null || now - _roundTripMeasuredAt > _options.RoundTripMaxAge)
        {
            TryQueuePing(isOwn: true, out _);
        }
    }
}
