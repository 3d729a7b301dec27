using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// A connection's numbers: written by the IO thread alone, read by any. Each is read whole; together they may be
/// one round apart.
/// </summary>
internal sealed class ConnectionCounters
{
    private const long Unknown = -1;

    private NetworkPath? _lastPath;
    private volatile string? _selectedPath;
    private long _roundTripTicks = Unknown;
    private long _congestionWindowBytes;
    private long _retransmissions;

    public long DatagramsSent { get; set; }

    public long BytesSent { get; set; }

    public long DatagramsReceived { get; set; }

    public long BytesReceived { get; set; }

    public long MessagesSent { get; set; }

    public long MessagesReceived { get; set; }

    public TimeSpan? RoundTripTime => Volatile.Read(ref _roundTripTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    public string? SelectedPath => _selectedPath;

    public void Publish(PeerConnectionEngine engine)
    {
        var sender = engine.Channels.Association.Sender;
        Volatile.Write(ref _roundTripTicks, (sender.Rtt.Smoothed ?? engine.RoundTripTime)?.Ticks ?? Unknown);
        Volatile.Write(ref _congestionWindowBytes, engine.Channels.IsConnected ? sender.CongestionWindowBytes : 0);
        Volatile.Write(ref _retransmissions, sender.Statistics.ChunksRetransmitted);
        if (_lastPath != engine.SelectedPath)
        {
            _lastPath = engine.SelectedPath;
            _selectedPath = _lastPath is { } path ? $"{path.Local} - {path.Remote}" : null;
        }
    }

    public PeerConnectionStats Snapshot() => new()
    {
        BytesSent = BytesSent,
        BytesReceived = BytesReceived,
        DatagramsSent = DatagramsSent,
        DatagramsReceived = DatagramsReceived,
        MessagesSent = MessagesSent,
        MessagesReceived = MessagesReceived,
        RoundTripTime = RoundTripTime,
        CongestionWindowBytes = Volatile.Read(ref _congestionWindowBytes),
        Retransmissions = Volatile.Read(ref _retransmissions),
        SelectedPath = SelectedPath,
    };
}
