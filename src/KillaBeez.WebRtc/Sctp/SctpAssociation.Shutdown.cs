using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Sctp;

/// <content>The orderly end (RFC 9260 section 9.2), never waited for longer than a fixed time.</content>
internal sealed partial class SctpAssociation
{
    private bool _isShutdownWanted;
    private bool _isShutdownPending;
    private bool _isShutdownAckPending;
    private bool _isShutdownCompletePending;
    private int _shutdownTries;

    /// <summary>Sends what is queued, then closes; aborts where that takes too long.</summary>
    public void Shutdown(Instant now)
    {
        if (_isOver || State >= SctpState.ShutdownPending)
        {
            return;
        }

        _timers.SetIfIdle(SctpTimer.ShutdownGuard, now + SctpLimits.ShutdownDrainTimeout);
        if (State != SctpState.Established)
        {
            // The rest follows when the set-up ends.
            _isShutdownWanted = true;
            return;
        }

        State = SctpState.ShutdownPending;
        AdvanceShutdown(now);
    }

    private void AdvanceShutdown(Instant now)
    {
        if (State is not (SctpState.ShutdownPending or SctpState.ShutdownReceived) || !_sender.IsIdle)
        {
            return;
        }

        var isFirstToClose = State == SctpState.ShutdownPending;
        State = isFirstToClose ? SctpState.ShutdownSent : SctpState.ShutdownAckSent;
        _isShutdownPending = isFirstToClose;
        _isShutdownAckPending = !isFirstToClose;
        _timers.Set(SctpTimer.Shutdown, now + _sender.Rtt.Rto);
        _timers.Set(SctpTimer.ShutdownGuard, now + SctpLimits.ShutdownHandshakeTimeout);
    }

    private void OnShutdownTimeout(Instant now)
    {
        _isShutdownPending = State == SctpState.ShutdownSent;
        _isShutdownAckPending = State == SctpState.ShutdownAckSent;
        _timers.Set(SctpTimer.Shutdown, now + _sender.Rtt.BackedOff(++_shutdownTries));
    }

    private void HandleShutdownChunk(Instant now, RawChunk chunk)
    {
        switch (chunk.Type)
        {
            case ChunkType.Shutdown:
                HandleShutdown(now, chunk.Value);
                break;
            case ChunkType.ShutdownAck when State is SctpState.ShutdownSent or SctpState.ShutdownAckSent:
                _isShutdownCompletePending = true;
                End(SctpCloseReason.Shutdown);
                break;
            case ChunkType.ShutdownComplete when State == SctpState.ShutdownAckSent:
                End(SctpCloseReason.Shutdown);
                break;
        }
    }

    private void HandleShutdown(Instant now, ReadOnlySpan<byte> value)
    {
        if (!IsConnected || !ShutdownChunk.TryParse(value, out var shutdown, out _))
        {
            return;
        }

        if (_sender.HandleCumulativeAck(now, shutdown.CumulativeTsn) == SackOutcome.Violation)
        {
            Abort(SctpCloseReason.ProtocolViolation, ErrorCauseCode.ProtocolViolation);
            return;
        }

        switch (State)
        {
            case SctpState.Established:
            case SctpState.ShutdownPending:
                State = SctpState.ShutdownReceived;
                _timers.SetIfIdle(SctpTimer.ShutdownGuard, now + SctpLimits.ShutdownDrainTimeout);
                break;
            case SctpState.ShutdownSent:
                // Both closed at once: section 9.2 answers with SHUTDOWN-ACK.
                State = SctpState.ShutdownAckSent;
                _isShutdownPending = false;
                _isShutdownAckPending = true;
                break;
            case SctpState.ShutdownAckSent:
                _isShutdownAckPending = true;
                break;
        }
    }

    private void WriteShutdownChunks(ref SpanWriter writer)
    {
        if (State == SctpState.ShutdownSent && (_isShutdownPending || _receiver!.Sacks.IsDue))
        {
            // Data that still arrives is acknowledged by another SHUTDOWN beside the SACK.
            _isShutdownPending = false;
            new ShutdownChunk(_receiver!.Tracker.Cumulative).Write(ref writer);
        }

        if (_isShutdownAckPending)
        {
            _isShutdownAckPending = false;
            EmptyChunk.Write(ref writer, ChunkType.ShutdownAck);
        }
    }
}
