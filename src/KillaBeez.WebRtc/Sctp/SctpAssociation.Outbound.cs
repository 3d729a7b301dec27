using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;
using KillaBeez.WebRtc.Sctp.Setup;

namespace KillaBeez.WebRtc.Sctp;

/// <content>Making packets: what must go alone, then control chunks, then DATA (RFC 9260 section 6.10).</content>
internal sealed partial class SctpAssociation
{
    private readonly Queue<byte[]> _heartbeatAcks = new();
    private readonly byte[] _errorCauses = new byte[SctpLimits.MaxPendingErrorBytes];
    private int _errorCauseBytes;
    private ErrorCauseCode _abortCause;
    private ushort _missingParameter;
    private Tsn _noUserDataTsn;
    private uint _staleCookieFrom;
    private uint _reflectedShutdownCompleteTag;

    /// <summary>
    /// The next packet to send, at most <see cref="PacketBytes"/>, or what a probe has more, and as much as
    /// <paramref name="destination"/> holds. Call until false.
    /// </summary>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SctpLimits.MinPacketBytes, nameof(destination));
        var limit = Math.Min(destination.Length, _sizeSearch.PacketBytes) & ~3;
        var writer = new SpanWriter(destination[..limit]);
        if (TryWriteLonePacket(now, destination, ref writer, out written) || TryWriteProbe(now, destination, out written))
        {
            return true;
        }

        if (_isOver || State is SctpState.Closed or SctpState.CookieWait)
        {
            return false;
        }

        new SctpPacketHeader(_options.LocalPort, _remotePort, _peer.Tag).Write(ref writer);
        var mustChecksum = _isCookieEchoPending || _isCookieAckPending;
        var mayCarryData = State == SctpState.CookieEchoed && _isCookieEchoPending;
        WriteSetupChunks(ref writer);
        if (mayCarryData)
        {
            BundleWithCookieEcho(now, destination, ref writer, limit);
        }

        if (IsConnected)
        {
            WriteConnectedChunks(now, destination, ref writer, limit);
        }

        if (writer.Position == SctpPacketHeader.SizeBytes)
        {
            written = 0;
            return false;
        }

        written = writer.Position;
        Seal(destination[..written], mustChecksum);
        return true;
    }

    private void Seal(Span<byte> packet, bool mustChecksum = false)
    {
        if (mustChecksum || !_peer.Can(PeerCapabilities.AcceptsZeroChecksum))
        {
            SctpPacketHeader.Seal(packet);
        }
    }

    /// <summary>INIT, INIT-ACK, ABORT and the answers to strangers, each alone in a packet with its own tag.</summary>
    private bool TryWriteLonePacket(Instant now, Span<byte> destination, ref SpanWriter writer, out int written)
    {
        if (_abortCause != ErrorCauseCode.None)
        {
            BeginPacket(ref writer, _peer.Tag);
            WriteAbort(ref writer);
            _abortCause = ErrorCauseCode.None;
        }
        else if (_isOver)
        {
            if (!_isShutdownCompletePending)
            {
                written = 0;
                return false;
            }

            _isShutdownCompletePending = false;
            BeginPacket(ref writer, _peer.Tag);
            EmptyChunk.Write(ref writer, ChunkType.ShutdownComplete);
        }
        else if (_isInitPending)
        {
            _isInitPending = false;
            BeginPacket(ref writer, 0);
            InitWriter.Write(ref writer, ChunkType.Init, _options, _localTag, _initialTsn, InitWriter.Any, []);
        }
        else if (_pendingInit is { } init)
        {
            _pendingInit = null;
            BeginPacket(ref writer, init.Tag);
            WriteInitAck(now, ref writer, in init);
        }
        else if (_reflectedShutdownCompleteTag != 0)
        {
            BeginPacket(ref writer, _reflectedShutdownCompleteTag);
            _reflectedShutdownCompleteTag = 0;
            EmptyChunk.Write(ref writer, ChunkType.ShutdownComplete, isTagReflected: true);
        }
        else if (_staleCookieFrom != 0)
        {
            BeginPacket(ref writer, _staleCookieFrom);
            _staleCookieFrom = 0;
            Span<byte> cause = stackalloc byte[StaleCookieCause.SizeBytes];
            var causeWriter = new SpanWriter(cause);
            StaleCookieCause.Write(ref causeWriter, 0);
            ErrorChunk.Write(ref writer, causeWriter.Written);
        }
        else
        {
            written = 0;
            return false;
        }

        written = writer.Position;
        SctpPacketHeader.Seal(destination[..written]);
        return true;
    }

    private void BeginPacket(ref SpanWriter writer, uint tag) =>
        new SctpPacketHeader(_options.LocalPort, _remotePort, tag).Write(ref writer);

    private void WriteSetupChunks(ref SpanWriter writer)
    {
        if (_isCookieEchoPending)
        {
            _isCookieEchoPending = false;
            CookieEchoChunk.Write(ref writer, _peerCookie);
        }

        if (_isCookieAckPending)
        {
            _isCookieAckPending = false;
            EmptyChunk.Write(ref writer, ChunkType.CookieAck);
        }
    }

    /// <summary>
    /// RFC 9260 section 5.1 C: data may ride behind the COOKIE-ECHO, and no other packet leaves before the
    /// COOKIE-ACK. It saves whoever opens a channel a round trip.
    /// </summary>
    private void BundleWithCookieEcho(Instant now, Span<byte> packet, ref SpanWriter writer, int limit)
    {
        if (limit - writer.Position >= SctpLimits.MinRoomBesideCookieBytes && _sender.CanSendData(now))
        {
            _sender.AddData(now, packet, ref writer, limit);
        }
    }

    private void WriteConnectedChunks(Instant now, Span<byte> packet, ref SpanWriter writer, int limit)
    {
        var receiver = _receiver!;

        // Looking for data drops messages whose lifetime is over, after which a reset or SHUTDOWN may be next.
        var canSendData = MaySendData && _sender.CanSendData(now);
        AfterChange(now);
        WriteShutdownChunks(ref writer);
        WriteErrors(ref writer);
        if (_heartbeatAcks.TryPeek(out var info) && writer.Remaining >= HeartbeatChunk.SizeBytes(info.Length))
        {
            _heartbeatAcks.Dequeue();
            HeartbeatChunk.Write(ref writer, ChunkType.HeartbeatAck, info);
        }

        if ((receiver.Sacks.IsDue || (canSendData && receiver.Sacks.IsOwed)) && writer.Remaining >= SackChunk.MinBytes)
        {
            receiver.WriteSack(ref writer, limit, canSendData);
        }

        WriteReConfig(now, ref writer);
        if (_isHeartbeatPending && writer.Remaining >= HeartbeatChunk.SizeBytes(HeartbeatInfoBytes))
        {
            WriteHeartbeat(now, ref writer);
        }

        if (_sender.IsForwardTsnDue(now) && writer.Remaining >= IForwardTsnChunk.FixedBytes + IForwardTsnChunk.EntryBytes)
        {
            _sender.AddForwardTsn(now, ref writer, limit);
        }

        if (canSendData)
        {
            _sender.AddData(now, packet, ref writer, limit);
            ScheduleHeartbeat(now);
            BeginSizeSearch();
        }
    }

    private bool MaySendData =>
        State is SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownReceived;

    private void WriteReConfig(Instant now, ref SpanWriter writer)
    {
        var resets = _receiver!.Resets;
        var canRequest = _outgoingResets.IsDue && _peer.Can(PeerCapabilities.StreamReset) && State == SctpState.Established;
        if (!resets.IsResponseDue && !canRequest)
        {
            return;
        }

        var bytes = resets.PendingResponseBytes + (canRequest ? _outgoingResets.WriteBytes : 0);
        if (writer.Remaining < ChunkReader.HeaderBytes + bytes)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[bytes];
        var parameters = new SpanWriter(buffer);
        resets.WriteResponses(ref parameters);
        if (canRequest)
        {
            _outgoingResets.Write(now, ref parameters, _sender.LastAssignedTsn, resets.LastSequence, _packetsTaken, _sender.Rtt.Rto);
        }

        ReConfigChunk.Write(ref writer, parameters.Written);
    }

    private void WriteAbort(ref SpanWriter writer)
    {
        Span<byte> buffer = stackalloc byte[MissingMandatoryParameterCause.SizeBytes];
        var causes = new SpanWriter(buffer);
        switch (_abortCause)
        {
            case ErrorCauseCode.MissingMandatoryParameter:
                MissingMandatoryParameterCause.Write(ref causes, _missingParameter);
                break;
            case ErrorCauseCode.NoUserData:
                NoUserDataCause.Write(ref causes, _noUserDataTsn);
                break;
            default:
                TextCause.Write(ref causes, _abortCause, []);
                break;
        }

        AbortChunk.Write(ref writer, isTagReflected: false, causes.Written);
    }

    private void ReportUnknown(RawChunk chunk)
    {
        var room = _errorCauses.AsSpan(_errorCauseBytes);
        if (room.Length < SctpLimits.MaxEchoedUnknownBytes + 12)
        {
            return;
        }

        var writer = new SpanWriter(room);
        UnrecognizedCause.WriteChunk(ref writer, chunk);
        _errorCauseBytes += writer.Position;
    }

    private void WriteErrors(ref SpanWriter writer)
    {
        if (_errorCauseBytes > 0 && writer.Remaining >= ChunkReader.HeaderBytes + _errorCauseBytes)
        {
            ErrorChunk.Write(ref writer, _errorCauses.AsSpan(0, _errorCauseBytes));
            _errorCauseBytes = 0;
        }
    }

    private void ClearPending()
    {
        _isInitPending = false;
        _isCookieEchoPending = false;
        _isCookieAckPending = false;
        _isHeartbeatPending = false;
        _pendingInit = null;
        _heartbeatAcks.Clear();
        _errorCauseBytes = 0;
    }
}
