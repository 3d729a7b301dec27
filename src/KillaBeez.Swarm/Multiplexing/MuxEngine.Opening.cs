namespace KillaBeez.Swarm.Multiplexing;

/// <content>Substreams of the peer begin, and ours are answered.</content>
internal sealed partial class MuxEngine
{
    /// <summary>Handles SYN. False: the frame needs nothing more, except that its payload is skipped.</summary>
    private bool TryOpenRemote(Instant now, MuxFrameHeader header)
    {
        var isLocal = (header.StreamId & 1) != 0 == _usesOddIds;
        if (header.StreamId == 0 || isLocal || header.StreamId <= _lastRemoteId)
        {
            Violate(MuxViolation.BadSubstreamId);
            return false;
        }

        _lastRemoteId = header.StreamId;
        var code = MuxResetCode.None;
        if (_hasGoneAway)
        {
            code = MuxResetCode.GoingAway;
        }
        else if (_remoteSubstreams >= _limits.RemoteSubstreams)
        {
            code = MuxResetCode.TooManySubstreams;
        }
        else if (!_remoteOpens.TryTake(now))
        {
            code = MuxResetCode.OpenRateExceeded;
        }

        if (code == MuxResetCode.None)
        {
            _remoteSubstreams++;
            var stream = new MuxStream(new SubstreamId(header.StreamId), isLocal: false) { LastGrantAt = now };
            AddStream(stream);
            SetCleanup(stream, now + _limits.PreambleTimeout);
            return true;
        }

        _statistics.RefusedOpens++;
        if (!_refusals.TryTake(now))
        {
            Violate(MuxViolation.OpenFlood);
            return false;
        }

        QueueReset(header.StreamId, code);
        if (header.Type == MuxFrameType.Data)
        {
            _payloadStream = null;
            _payloadLeft = header.Length;
        }

        return false;
    }

    /// <summary>How many bytes a preamble or an answer has in all, as far as what was gathered tells.</summary>
    private delegate int NeededBytes(ReadOnlySpan<byte> gathered);

    /// <summary>Moves bytes into what a substream gathers until it is whole; false where more must come.</summary>
    private static bool TryGather(MuxStream stream, ref ReadOnlySpan<byte> bytes, NeededBytes neededBytes, int maxBytes)
    {
        while (neededBytes(stream.Gathered) - stream.Gathered.Length is var missing && missing != 0)
        {
            if (bytes.IsEmpty)
            {
                return false;
            }

            var count = Math.Min(missing, bytes.Length);
            stream.Gather(bytes[..count], maxBytes);
            bytes = bytes[count..];
        }

        return true;
    }

    private void DeliverPreamble(Instant now, MuxStream stream, ReadOnlySpan<byte> bytes)
    {
        if (!TryGather(stream, ref bytes, SubstreamPreamble.NeededBytes, SubstreamPreamble.MaxBytes))
        {
            return;
        }

        if (!bytes.IsEmpty || !SubstreamPreamble.TryParse(stream.Gathered, out var preamble, out _))
        {
            ResetAndTell(stream, MuxResetCode.BadPreamble);
            return;
        }

        FlushTail();
        stream.UnreturnedBytes += stream.Gathered.Length;
        stream.DropGathered();
        stream.Phase = MuxStreamPhase.Offered;
        stream.CleanupAt = Instant.Never;
        GrantIfDue(now, stream);
        _events.Enqueue(new MuxEvent(MuxEventKind.RemoteOpened, stream.Id) { Text = preamble.Type, Metadata = preamble.Metadata });
    }

    private void DeliverAnswer(Instant now, MuxStream stream, ReadOnlySpan<byte> bytes)
    {
        if (!TryGather(stream, ref bytes, SubstreamAnswer.NeededBytes, SubstreamAnswer.MaxBytes))
        {
            return;
        }

        if (!SubstreamAnswer.TryParse(stream.Gathered, out var answer, out _))
        {
            ResetAndTell(stream, MuxResetCode.BadAnswer);
            return;
        }

        FlushTail();
        if (!answer.IsAccepted)
        {
            Forget(stream);
            _events.Enqueue(new MuxEvent(MuxEventKind.Refused, stream.Id) { Code = answer.Code, Text = answer.Text });
            return;
        }

        stream.UnreturnedBytes += stream.Gathered.Length;
        stream.DropGathered();
        stream.Phase = MuxStreamPhase.Open;
        stream.IsWriterWaiting = false;
        _events.Enqueue(new MuxEvent(MuxEventKind.Accepted, stream.Id));
        Schedule(stream);
        GrantIfDue(now, stream);
        if (!bytes.IsEmpty)
        {
            DeliverData(stream, bytes);
        }
    }
}
