using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// A connection's numbers: written by the IO thread alone, read by any. Each is read whole; together they may be
/// one round apart.
/// </summary>
internal sealed class ConnectionCounters
{
    private const long Unknown = -1;

    private (IceCandidatePair? Pair, bool IsNominated, IceCandidateType? RemoteType, bool IsMapped) _last;
    private volatile SelectedCandidatePair? _selectedPair;
    private long _pathChanges;
    private long _packetsSent;
    private int _maxPacketBytes;
    private long _checksSent;
    private long _checkResponsesReceived;
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

    public void Publish(PeerConnectionEngine engine)
    {
        var sender = engine.Channels.Association.Sender;
        Volatile.Write(ref _roundTripTicks, (sender.Rtt.Smoothed ?? engine.RoundTripTime)?.Ticks ?? Unknown);
        Volatile.Write(ref _congestionWindowBytes, engine.Channels.IsConnected ? sender.CongestionWindowBytes : 0);
        Volatile.Write(ref _retransmissions, sender.Statistics.ChunksRetransmitted);
        Volatile.Write(ref _packetsSent, sender.Statistics.PacketsSent);
        Volatile.Write(ref _maxPacketBytes, engine.Channels.Association.PacketBytes);
        Volatile.Write(ref _checksSent, engine.IceStatistics.RequestsSent);
        Volatile.Write(ref _checkResponsesReceived, engine.IceStatistics.ResponsesReceived);
        var pair = engine.SelectedPair;
        var seen = (pair, pair?.IsNominated ?? false, pair?.Remote.Type, pair?.MappedAddress is not null);
        if (_last != seen)
        {
            Volatile.Write(ref _pathChanges, _pathChanges + (pair is null || pair == _last.Pair ? 0 : 1));
            _last = seen;
            _selectedPair = pair is null ? null : SelectedCandidatePair.Of(pair);
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
        PacketsSent = Volatile.Read(ref _packetsSent),
        MaxPacketBytes = Volatile.Read(ref _maxPacketBytes),
        ChecksSent = Volatile.Read(ref _checksSent),
        CheckResponsesReceived = Volatile.Read(ref _checkResponsesReceived),
        SelectedPair = _selectedPair,
        PathChanges = Volatile.Read(ref _pathChanges),
    };
}
