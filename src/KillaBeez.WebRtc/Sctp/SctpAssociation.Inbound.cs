using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Rx;
using KillaBeez.WebRtc.Sctp.Setup;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Sctp;

/// <content>Taking packets: verification tags first (RFC 9260 section 8.5), then chunk by chunk.</content>
internal sealed partial class SctpAssociation
{
    /// <summary>Packets that were dropped because they did not parse, or had a wrong checksum or tag.</summary>
    public long PacketsDropped { get; private set; }

    private long _packetsTaken;

    public void HandlePacket(Instant now, ReadOnlySpan<byte> packet)
    {
        if (_isOver)
        {
            return;
        }

        if (packet.Length > SctpLimits.MaxReceivedPacketBytes
            || !SctpPacketHeader.TryParse(packet, _options.AcceptZeroChecksum, out var header, out var hasZeroChecksum, out _)
            || header.DestinationPort != _options.LocalPort
            || header.SourcePort != _remotePort)
        {
            PacketsDropped++;
            return;
        }

        var body = packet[SctpPacketHeader.SizeBytes..];
        var reader = new ChunkReader(body);
        var isFirst = true;
        while (!_isOver && reader.TryRead(out var chunk, out _))
        {
            if (isFirst && !IsAdmitted(header.VerificationTag, chunk, body.Length, hasZeroChecksum))
            {
                PacketsDropped++;
                return;
            }

            if (!HandleChunk(now, header.VerificationTag, chunk, isFirst))
            {
                break;
            }

            isFirst = false;
        }

        _packetsTaken++;
        if (!_isOver)
        {
            _receiver?.EndPacket(now);
            AfterChange(now);
        }
    }

    /// <summary>The receive batch is over: one decision about a SACK for all of it.</summary>
    public void EndReceiveBatch()
    {
        if (!_isOver && _receiver is not null)
        {
            _receiver.Sacks.OnBatchEnd(_receiver.Tracker.Cumulative);
        }
    }

    /// <summary>RFC 9260 section 8.5. What does not fit is dropped without a word.</summary>
    private bool IsAdmitted(uint tag, RawChunk first, int bodyBytes, bool hasZeroChecksum)
    {
        switch (first.Type)
        {
            case ChunkType.Init:
                // Section 8.5.1 A and RFC 9653 section 5.3; section 6.10: an INIT is alone in its packet.
                return tag == 0 && !hasZeroChecksum && bodyBytes <= ChunkReader.HeaderBytes + Tlv.Padded(first.Value.Length);
            case ChunkType.CookieEcho:
                // Its tag is compared with the cookie's.
                return !hasZeroChecksum;
            case ChunkType.Abort:
            case ChunkType.ShutdownComplete:
                return EmptyChunk.IsTagReflected(first.Flags) ? tag == _peer.Tag && tag != 0 : tag == _localTag;
            case ChunkType.ShutdownAck when State is SctpState.CookieWait or SctpState.CookieEchoed:
                // Section 8.5.1 E: left over from an association before this one.
                _reflectedShutdownCompleteTag = tag;
                return false;
            default:
                return tag == _localTag && State != SctpState.Closed;
        }
    }

    /// <summary>Takes one chunk; false where the rest of the packet is to be dropped.</summary>
    private bool HandleChunk(Instant now, uint tag, RawChunk chunk, bool isFirst)
    {
        switch (chunk.Type)
        {
            case ChunkType.Data:
                return !DataChunk.TryParse(chunk.Flags, chunk.Value, out var data, out _) || HandleData(in data);
            case ChunkType.IData:
                return !IDataChunk.TryParse(chunk.Flags, chunk.Value, out var idata, out _) || HandleIData(in idata);
            case ChunkType.Sack:
                HandleSack(now, chunk.Value);
                return true;
            case ChunkType.Init:
                return isFirst && HandleInitChunk(chunk.Value);
            case ChunkType.InitAck:
                return isFirst && HandleInitAckChunk(now, chunk.Value);
            case ChunkType.CookieEcho:
                HandleCookieEcho(now, tag, CookieEchoChunk.Parse(chunk.Value).Cookie);

                // What rides behind a cookie that was not taken belongs to nobody.
                return IsConnected && tag == _localTag;
            case ChunkType.CookieAck:
                HandleCookieAck(now);
                return true;
            case ChunkType.ForwardTsn:
            case ChunkType.IForwardTsn:
                return HandleForwardTsn(chunk);
            case ChunkType.ReConfig:
                HandleReConfig(now, chunk.Value);
                return true;
            case ChunkType.Heartbeat:
            case ChunkType.HeartbeatAck:
                HandleHeartbeat(now, chunk);
                return true;
            case ChunkType.Abort:
                End(SctpCloseReason.RemoteAbort);
                return false;
            case ChunkType.Error:
                HandleError(now, chunk.Value);
                return true;
            case ChunkType.Shutdown:
            case ChunkType.ShutdownAck:
            case ChunkType.ShutdownComplete:
                HandleShutdownChunk(now, chunk);
                return true;
            case ChunkType.Pad:
                return true;
            default:
                return HandleUnknown(chunk);
        }
    }

    private bool HandleInitChunk(ReadOnlySpan<byte> value)
    {
        if (InitChunk.TryParse(value, out var init, out _))
        {
            HandleInit(in init);
        }

        return false;
    }

    private bool HandleInitAckChunk(Instant now, ReadOnlySpan<byte> value)
    {
        if (InitChunk.TryParse(value, out var initAck, out _))
        {
            HandleInitAck(now, in initAck);
        }

        return false;
    }

    /// <summary>RFC 9260 section 6: elsewhere data is dropped. In CookieEchoed it has overtaken the COOKIE-ACK.</summary>
    private bool MayReceiveData =>
        _receiver is not null
        && State is SctpState.CookieEchoed or SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownSent;

    private bool HandleData(in DataChunk chunk)
    {
        if (!MayReceiveData || !CheckForm(isInterleaved: false))
        {
            return !_isOver;
        }

        var outcome = _receiver!.HandleData(in chunk);
        if (outcome == ReceiveOutcome.NoUserData)
        {
            _noUserDataTsn = chunk.Tsn;
        }

        return Judge(outcome);
    }

    private bool HandleIData(in IDataChunk chunk)
    {
        if (!MayReceiveData || !CheckForm(isInterleaved: true))
        {
            return !_isOver;
        }

        var outcome = _receiver!.HandleIData(in chunk);
        if (outcome == ReceiveOutcome.NoUserData)
        {
            _noUserDataTsn = chunk.Tsn;
        }

        return Judge(outcome);
    }

    /// <summary>
    /// RFC 8260 section 2.2.1: once interleaving is agreed DATA ends the association, and I-DATA does where it is
    /// not. The same holds of the two kinds of FORWARD-TSN.
    /// </summary>
    private bool CheckForm(bool isInterleaved)
    {
        if (_peer.Can(PeerCapabilities.Interleaving) == isInterleaved)
        {
            return true;
        }

        Abort(SctpCloseReason.ProtocolViolation, ErrorCauseCode.ProtocolViolation);
        return false;
    }

    private bool HandleForwardTsn(RawChunk chunk)
    {
        var isInterleaved = chunk.Type == ChunkType.IForwardTsn;
        if (!MayReceiveData || !_options.OfferPartialReliability || !CheckForm(isInterleaved))
        {
            return !_isOver;
        }

        if (isInterleaved)
        {
            return !IForwardTsnChunk.TryParse(chunk.Value, out var interleaved, out _)
                || Judge(_receiver!.HandleIForwardTsn(in interleaved));
        }

        return !ForwardTsnChunk.TryParse(chunk.Value, out var forward, out _) || Judge(_receiver!.HandleForwardTsn(in forward));
    }

    private bool Judge(ReceiveOutcome outcome)
    {
        switch (outcome)
        {
            case ReceiveOutcome.Taken:
                return true;
            case ReceiveOutcome.NoUserData:
                Abort(SctpCloseReason.ProtocolViolation, ErrorCauseCode.NoUserData);
                return false;
            case ReceiveOutcome.LimitExceeded:
                Abort(SctpCloseReason.LimitExceeded, ErrorCauseCode.OutOfResource);
                return false;
            default:
                Abort(SctpCloseReason.ProtocolViolation, ErrorCauseCode.ProtocolViolation);
                return false;
        }
    }

    private void HandleSack(Instant now, ReadOnlySpan<byte> value)
    {
        // In CookieEchoed it has overtaken the COOKIE-ACK and is about the data that rode with the COOKIE-ECHO.
        if (State < SctpState.CookieEchoed || !SackChunk.TryParse(value, out var sack, out _))
        {
            return;
        }

        if (_sender.HandleSack(now, in sack) == SackOutcome.Violation)
        {
            Abort(SctpCloseReason.ProtocolViolation, ErrorCauseCode.ProtocolViolation);
            return;
        }

        CheckLargePackets(now);
    }

    private void HandleError(Instant now, ReadOnlySpan<byte> value)
    {
        var reader = new TlvReader(value);
        while (reader.TryRead(out var cause, out _))
        {
            if (cause.Type == (ushort)ErrorCauseCode.StaleCookie)
            {
                HandleStaleCookie(now);
            }
        }
    }

    private void HandleReConfig(Instant now, ReadOnlySpan<byte> value)
    {
        if (_receiver is null || !IsConnected)
        {
            return;
        }

        var reader = new TlvReader(value);
        while (reader.TryRead(out var parameter, out _))
        {
            switch (parameter.Type)
            {
                case ParameterType.OutgoingSsnReset:
                    if (OutgoingSsnResetParameter.TryParse(parameter.Value, out var reset, out _))
                    {
                        _receiver.Resets.HandleReset(in reset, _receiver.Tracker.Cumulative);
                    }

                    break;
                case ParameterType.ReconfigResponse:
                    if (ReconfigResponseParameter.TryParse(parameter.Value, out var response, out _))
                    {
                        _outgoingResets.HandleResponse(now, response, _sender.Queue, _sender.Rtt.Rto);
                    }

                    break;
                case ParameterType.IncomingSsnReset:
                    Refuse(parameter.Value, ReconfigResult.NothingToDo);
                    break;
                case ParameterType.SsnTsnReset:
                case ParameterType.AddOutgoingStreams:
                case ParameterType.AddIncomingStreams:
                    Refuse(parameter.Value, ReconfigResult.Denied);
                    break;
            }
        }
    }

    private void Refuse(ReadOnlySpan<byte> value, ReconfigResult result)
    {
        if (ReconfigRequestParameter.TryParse(value, out var request, out _))
        {
            _receiver!.Resets.Refuse(request.RequestSequence, result);
        }
    }

    private bool HandleUnknown(RawChunk chunk)
    {
        if (chunk.ActionIfUnknown is UnknownTypeAction.StopAndReport or UnknownTypeAction.SkipAndReport)
        {
            ReportUnknown(chunk);
        }

        return chunk.ActionIfUnknown is UnknownTypeAction.Skip or UnknownTypeAction.SkipAndReport;
    }
}
