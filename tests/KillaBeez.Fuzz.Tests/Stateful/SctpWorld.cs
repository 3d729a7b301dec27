using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>
/// One association and a peer that knows its tags, sequence numbers and cookie, and says with them whatever the list
/// of operations says. Numbers are offsets from what would be right, so that mutations stay near the interesting.
/// </summary>
internal sealed partial class SctpWorld : EngineWorld
{
    private const uint PeerTag = 0x0A0B0C0D;
    private const int MaxPolls = 4096;
    private const long MaxBufferedBytes = 512 * 1024;

    private readonly SctpOptions _options;
    private readonly SctpAssociation _association;
    private readonly byte[] _packet = new byte[SctpLimits.MaxReceivedPacketBytes];
    private readonly byte[] _sent = new byte[2048];
    private readonly Queue<int> _unreleased = new();
    private byte[] _lastSent = [];
    private byte[] _lastFed = [];
    private byte[] _heartbeat = [];
    private int _pendingBytes;
    private bool _isBundling;
    private bool _isBatching;
    private bool _isReading = true;
    private uint _remoteTag;
    private Tsn _remoteInitialTsn;
    private byte[] _cookie = [1, 2, 3, 4];
    private Tsn _nextTsn = new(1000);
    private uint _nextReset = 1000;

    /// <summary>A bit for each kind of chunk sent and of event raised.</summary>
    private ulong _seen;

    public SctpWorld(byte options)
    {
        _options = new SctpOptions
        {
            MaxReceiveMessageBytes = 16 * 1024,
            ReceiveWindowBytes = (options & 1) != 0 ? 64 * 1024 : 256 * 1024,
            RecognizeOwnStack = (options & 2) != 0,
            AcceptZeroChecksum = (options & 4) != 0,
            OfferInterleaving = (options & 64) == 0,
            OfferPartialReliability = (options & 8) == 0,
            CongestionControl = (options & 16) != 0 ? CongestionControlKind.NewReno : CongestionControlKind.Cubic,
            InitialTsn = (options & 32) != 0 ? uint.MaxValue - 3 : null,
        };
        _association = new SctpAssociation(_options, new SeededRandomSource(options));
    }

    public override void Settle(ref Outcome outcome)
    {
        if (_isBatching || _isBundling)
        {
            return;
        }

        _association.EndReceiveBatch();
        Serve(() => _association.NextTimeout, _association.HandleTimeout, Drain);
        CheckLimits();
        outcome.AddSet(_seen);
        outcome.AddToSet((int)_association.State + 32);
        outcome.AddToSet((int)_association.CloseReason + 40);
        outcome.AddToSet(_association.HeldChunks > 0 ? 24 : 25);
        outcome.AddToSet(_association.Sender.OutstandingCount > 0 ? 26 : 27);
        outcome.AddToSet(_association.Sender.Statistics.Timeouts > 0 ? 28 : 29);
        outcome.AddToSet(_association.Sender.Statistics.MessagesAbandoned > 0 ? 30 : 31);
    }

    public override void Dispose()
    {
        while (_association.TryPollEvent(out var e))
        {
            e.Payload.Dispose();
        }
    }

    private void Drain()
    {
        var polls = 0;
        while (_association.TryPollTransmit(Now, _sent, out var written))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollTransmit does not end");
            OracleException.RequireAtMost(written, SctpLimits.MaxProbedPacketBytes, "bytes of a packet");
            Learn(_sent.AsSpan(0, written));
        }

        polls = 0;
        while (_association.TryPollEvent(out var e))
        {
            OracleException.Require(++polls < SctpLimits.MaxUnreleasedMessages, "TryPollEvent does not end");
            _seen |= 1UL << ((int)e.Kind + 48);
            if (e.Kind == SctpEventKind.Message)
            {
                OracleException.RequireAtMost(e.Payload.Length, _options.MaxReceiveMessageBytes, "bytes of a message");
                _unreleased.Enqueue(e.Payload.Length);
                e.Payload.Dispose();
            }
        }

        if (_isReading)
        {
            Release(int.MaxValue);
        }
    }

    private void CheckLimits()
    {
        // One packet's chunks may stand above the window: it is what closes it.
        OracleException.RequireAtMost(_association.ReceiveOccupiedBytes, _options.ReceiveWindowBytes + SctpLimits.MaxReceivedPacketBytes, "bytes held in the receive buffer");
        OracleException.Require(_association.ReceiveOccupiedBytes >= 0, "the receive buffer holds less than nothing");
        OracleException.RequireAtMost(_association.HeldChunks, _association.IsInterleaving ? SctpLimits.MaxInterleavedEntries : SctpLimits.MaxHeldChunks, "chunks held");
        OracleException.RequireAtMost(_association.QueuedEvents, SctpLimits.MaxUnreleasedMessages + 16, "events queued");
        var sender = _association.Sender;
        OracleException.Require(sender.FlightBytes >= 0, "less than nothing is in flight");
        OracleException.RequireAtMost(sender.OutstandingCount, SctpLimits.MaxOutstandingChunksToOwnStack, "chunks outstanding");
        OracleException.RequireAtMost(sender.MessageCount, SctpLimits.MaxOutgoingMessages, "messages in the send queue");
        OracleException.Require(sender.Queue.BufferedBytes >= 0, "less than nothing is buffered");

        // Growth is by bytes that were really sent, whatever the peer claims to have received.
        OracleException.RequireAtMost(
            sender.CongestionWindowBytes,
            (32L + (2 * sender.Statistics.PacketsSent)) * SctpLimits.MaxProbedPacketBytes,
            "bytes of the congestion window");
        if (_association.IsOver)
        {
            OracleException.Require(_association.NextTimeout == Instant.Never, "an association that is over has a timer");
            OracleException.Require(_association.HeldChunks == 0, "an association that is over holds chunks");
            OracleException.Require(_unreleased.Count > 0 || _association.ReceiveOccupiedBytes == 0, "an association that is over holds bytes");
        }
    }

    private void Learn(ReadOnlySpan<byte> packet)
    {
        _lastSent = packet.ToArray();
        var parsed = SctpPacketHeader.TryParse(packet, allowZeroChecksum: true, out _, out _, out _);
        OracleException.Require(parsed, "a packet of ours does not parse");
        var reader = new ChunkReader(packet[SctpPacketHeader.SizeBytes..]);
        SctpParseError error;
        while (reader.TryRead(out var chunk, out error))
        {
            _seen |= 1UL << ((int)chunk.Type & 15);
            _heartbeat = chunk.Type == ChunkType.Heartbeat ? chunk.Value.ToArray() : _heartbeat;
            if (chunk.Type is not (ChunkType.Init or ChunkType.InitAck) || !InitChunk.TryParse(chunk.Value, out var init, out _))
            {
                continue;
            }

            _remoteTag = init.InitiateTag;
            _remoteInitialTsn = init.InitialTsn;
            var parameters = new TlvReader(init.Parameters);
            while (parameters.TryRead(out var parameter, out _))
            {
                _cookie = parameter.Type == ParameterType.StateCookie ? parameter.Value.ToArray() : _cookie;
            }
        }

        OracleException.Require(error == SctpParseError.None, "a packet of ours has a malformed chunk");
    }

    private void Release(int bytes)
    {
        while (bytes > 0 && _unreleased.TryDequeue(out var length))
        {
            _association.ReleaseReceived(length);
            bytes -= length;
        }
    }
}
