using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Rx;

namespace KillaBeez.WebRtc.Sctp.Resets;

/// <summary>
/// The peer's re-configuration requests (RFC 6525 section 5.2). A reset takes effect exactly between its last
/// TSN and the next: where data is still missing the answer is "in progress", and the reset is performed and
/// answered the moment the cumulative TSN gets there. A repeated request gets its answer repeated.
/// </summary>
internal sealed class IncomingResets(Tsn peerInitialTsn, IReassembler reassembler, Queue<SctpEvent> events)
{
    private const int MaxPendingResponses = 2;

    private readonly List<ReconfigResponseParameter> _responses = [];
    private readonly List<ushort> _deferred = [];
    private Tsn _deferredTsn;
    private bool _hasDeferred;
    private ReconfigResponseParameter _lastResponse;

    /// <summary>The sequence number of the last request taken.</summary>
    public uint LastSequence { get; private set; } = peerInitialTsn.Previous.Value;

    public bool IsResponseDue => _responses.Count > 0;

    public int PendingResponseBytes => _responses.Count * ReconfigResponseParameter.SizeBytes;

    public void HandleReset(in OutgoingSsnResetParameter request, Tsn cumulative)
    {
        if (!IsNew(request.RequestSequence))
        {
            return;
        }

        LastSequence = request.RequestSequence;
        if (request.StreamCount > SctpLimits.MaxStreamsPerIncomingReset)
        {
            Respond(new ReconfigResponseParameter(request.RequestSequence, ReconfigResult.Denied));
            return;
        }

        _deferred.Clear();
        for (var i = 0; i < request.StreamCount; i++)
        {
            _deferred.Add(request.Stream(i));
        }

        _deferredTsn = request.LastTsn;
        _hasDeferred = true;
        if (!TryPerform(cumulative))
        {
            reassembler.IsResetPending = true;
            Respond(new ReconfigResponseParameter(request.RequestSequence, ReconfigResult.InProgress));
        }
    }

    /// <summary>Answers a request of a kind that this stack does not perform.</summary>
    public void Refuse(uint sequence, ReconfigResult result)
    {
        if (IsNew(sequence))
        {
            LastSequence = sequence;
            Respond(new ReconfigResponseParameter(sequence, result));
        }
    }

    /// <summary>Performs the reset that waits, if <paramref name="cumulative"/> has reached its last TSN.</summary>
    public bool TryPerform(Tsn cumulative)
    {
        if (!_hasDeferred || _deferredTsn > cumulative)
        {
            return false;
        }

        _hasDeferred = false;
        reassembler.IsResetPending = false;
        if (_deferred.Count == 0)
        {
            reassembler.ResetAllStreams();
        }

        foreach (var stream in _deferred)
        {
            reassembler.ResetStream(stream);
            events.Enqueue(new SctpEvent { Kind = SctpEventKind.IncomingStreamReset, StreamId = stream });
        }

        if (_deferred.Count == 0)
        {
            events.Enqueue(new SctpEvent { Kind = SctpEventKind.AllIncomingStreamsReset });
        }

        Respond(new ReconfigResponseParameter(LastSequence, ReconfigResult.Performed));
        return true;
    }

    /// <summary>Whether a chunk comes after the last TSN of a reset of its stream that waits for earlier chunks.</summary>
    public bool IsBeyondPending(Tsn tsn, ushort streamId) =>
        _hasDeferred && tsn > _deferredTsn && (_deferred.Count == 0 || _deferred.Contains(streamId));

    public void WriteResponses(ref SpanWriter writer)
    {
        foreach (var response in _responses)
        {
            response.Write(ref writer);
        }

        _responses.Clear();
    }

    /// <summary>Whether a request is the next one; a repetition is answered again, anything else refused.</summary>
    private bool IsNew(uint sequence)
    {
        if (sequence == LastSequence + 1 && !_hasDeferred)
        {
            return true;
        }

        if (sequence == LastSequence && _lastResponse.ResponseSequence == sequence)
        {
            Respond(_lastResponse);
        }
        else
        {
            Queue(new ReconfigResponseParameter(
                sequence,
                sequence == LastSequence + 1 ? ReconfigResult.AlreadyInProgress : ReconfigResult.BadSequenceNumber));
        }

        return false;
    }

    private void Respond(ReconfigResponseParameter response)
    {
        _lastResponse = response;
        _responses.RemoveAll(r => r.ResponseSequence == response.ResponseSequence);
        Queue(response);
    }

    private void Queue(ReconfigResponseParameter response)
    {
        if (_responses.Count < MaxPendingResponses)
        {
            _responses.Add(response);
        }
    }
}
