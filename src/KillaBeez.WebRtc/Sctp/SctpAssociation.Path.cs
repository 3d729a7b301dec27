using System.Buffers.Binary;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Setup;

namespace KillaBeez.WebRtc.Sctp;

/// <content>The path below: heartbeats, the packet size, and a change of path.</content>
internal sealed partial class SctpAssociation
{
    private const int HeartbeatInfoBytes = 8;

    private bool _isHeartbeatPending;
    private ulong _heartbeatNonce;
    private Instant _heartbeatSentAt;
    private long _payloadBytesAtPathStart;
    private bool _isPeerDcSctp;

    /// <summary>The size of packets now, in bytes.</summary>
    public int PacketBytes => _sizeSearch.PacketBytes;

    /// <summary>
    /// Packets take another path from now on. <paramref name="maxPacketBytes"/>: the largest packet that is worth
    /// trying there; what passes is found by probes.
    /// </summary>
    public void OnPathChanged(Instant now, int maxPacketBytes)
    {
        if (_isOver)
        {
            return;
        }

        _sizeSearch.Restart(maxPacketBytes);
        _sender.SetPacketSize(_sizeSearch.PacketBytes);
        _sender.ResetPath(now);
        _payloadBytesAtPathStart = _sender.Statistics.PayloadBytesSent;
        _heartbeatNonce = 0;
    }

    /// <summary>Goes back to the base size where larger packets do not arrive any more.</summary>
    private void CheckLargePackets(Instant now)
    {
        if (_sender.AreLargePacketsLost)
        {
            _sizeSearch.NoteBlackHole(now);
            _sender.SetPacketSize(_sizeSearch.PacketBytes);
        }
    }

    /// <summary>
    /// Whether a PAD chunk can be sent to the peer. RFC 9260 section 3.2 has everybody skip it, but werift's process
    /// ends where it meets a chunk that it does not know. So the peer has to be known, or to have declared something
    /// that is newer than the stacks that get this wrong.
    /// </summary>
    private bool MayProbe =>
        _isPeerDcSctp
        || (_peer.Capabilities & (PeerCapabilities.OwnStack | PeerCapabilities.AcceptsZeroChecksum | PeerCapabilities.Interleaving)) != 0;

    /// <summary>Probes are worth their while only where much is sent.</summary>
    private void BeginSizeSearch()
    {
        if (_sizeSearch.IsIdle
            && MayProbe
            && _sender.Statistics.PayloadBytesSent - _payloadBytesAtPathStart >= SctpLimits.SizeSearchAfterBytes)
        {
            _sizeSearch.Begin();
        }
    }

    private bool TryWriteProbe(Instant now, Span<byte> destination, out int written)
    {
        written = 0;
        if (!_sizeSearch.IsProbeDue || State != SctpState.Established || destination.Length < _sizeSearch.ProbeBytes)
        {
            return false;
        }

        var writer = new SpanWriter(destination[.._sizeSearch.ProbeBytes]);
        BeginPacket(ref writer, _peer.Tag);
        WriteHeartbeatChunk(ref writer, _sizeSearch.NoteSent(now, _sender.Rtt.Rto, _random));
        PadChunk.Write(ref writer, writer.Remaining);
        written = writer.Position;
        Seal(destination[..written]);
        return true;
    }

    private void ScheduleHeartbeat(Instant now) =>
        _timers.Set(SctpTimer.Heartbeat, now + SctpLimits.HeartbeatInterval + _sender.Rtt.Rto);

    /// <summary>RFC 9260 section 8.3: only an idle path is probed, and no loss counts: ICE consent does that better.</summary>
    private void OnHeartbeatTimeout(Instant now)
    {
        _isHeartbeatPending = State == SctpState.Established;
        ScheduleHeartbeat(now);
    }

    private void WriteHeartbeat(Instant now, ref SpanWriter writer)
    {
        _isHeartbeatPending = false;
        _heartbeatNonce = _random.NextUInt64() | 1;
        _heartbeatSentAt = now;
        WriteHeartbeatChunk(ref writer, _heartbeatNonce);
    }

    private static void WriteHeartbeatChunk(ref SpanWriter writer, ulong nonce)
    {
        Span<byte> info = stackalloc byte[HeartbeatInfoBytes];
        BinaryPrimitives.WriteUInt64BigEndian(info, nonce);
        HeartbeatChunk.Write(ref writer, ChunkType.Heartbeat, info);
    }

    private void HandleHeartbeat(Instant now, RawChunk chunk)
    {
        if (!HeartbeatChunk.TryParse(chunk.Value, out var heartbeat, out _))
        {
            return;
        }

        if (chunk.Type == ChunkType.HeartbeatAck)
        {
            TakeHeartbeatAck(now, heartbeat.Info);
        }
        else if (IsConnected
            && heartbeat.Info.Length <= SctpLimits.MaxHeartbeatEchoBytes
            && HeartbeatChunk.SizeBytes(heartbeat.Info.Length) + SctpPacketHeader.SizeBytes <= _options.MaxPacketBytes
            && _heartbeatAcks.Count < SctpLimits.MaxPendingHeartbeatAcks)
        {
            _heartbeatAcks.Enqueue(heartbeat.Info.ToArray());
        }
    }

    private void TakeHeartbeatAck(Instant now, ReadOnlySpan<byte> info)
    {
        if (info.Length != HeartbeatInfoBytes)
        {
            return;
        }

        var nonce = BinaryPrimitives.ReadUInt64BigEndian(info);
        if (_sizeSearch.TryTakeAnswer(now, nonce))
        {
            _sender.SetPacketSize(_sizeSearch.PacketBytes);
        }
        else if (_heartbeatNonce != 0 && nonce == _heartbeatNonce)
        {
            _heartbeatNonce = 0;
            _sender.Rtt.AddSample(now - _heartbeatSentAt);
        }
    }
}
