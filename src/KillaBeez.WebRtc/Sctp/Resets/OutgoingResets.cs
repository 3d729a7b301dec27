using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Sctp.Resets;

/// <summary>
/// Our own Outgoing SSN Reset Requests (RFC 6525 section 5.1.2): one at a time, with as many streams as wait.
/// It is repeated with the same sequence number until answered; "in progress" is an answer that only asks for
/// patience. A peer that is alive and never answers is given up: its streams stay as they are and are reported, and
/// so are those that are to be reset later. Its answer still counts if it comes after all.
/// </summary>
internal sealed class OutgoingResets(Tsn initialTsn, Queue<SctpEvent> events)
{
    private readonly List<ushort> _waiting = [];
    private readonly List<ushort> _requested = [];
    private uint _sequence = initialTsn.Value;
    private Tsn _lastTsn;
    private Instant _retryAt = Instant.Never;
    private TimeSpan _retryWait;
    private bool _mustSend;
    private Instant _requestedAt;
    private long _packetsAtRequest;
    private int _unanswered;
    private bool _isGivenUp;

    public Instant NextTimeout => _retryAt;

    public bool IsDue => _mustSend || (_requested.Count == 0 && _waiting.Count > 0);

    /// <summary>Wants a stream reset that has nothing queued or in flight.</summary>
    public void Add(ushort streamId)
    {
        _waiting.Add(streamId);
        if (_isGivenUp)
        {
            ReportUnanswered(streamId);
        }
    }

    /// <summary>
    /// Repeats the request when it is due; true where it does. A request counts as unanswered only where something
    /// else came from the peer since (<paramref name="packetsTaken"/>): in an outage there is nothing to be had.
    /// </summary>
    public bool HandleTimeout(Instant now, long packetsTaken)
    {
        if (_retryAt > now)
        {
            return false;
        }

        _retryAt = Instant.Never;
        if (packetsTaken > _packetsAtRequest && ++_unanswered >= SctpLimits.MaxUnansweredResets)
        {
            GiveUp();
            return false;
        }

        _packetsAtRequest = packetsTaken;
        _mustSend = true;
        return true;
    }

    /// <summary>
    /// Writes the request. <paramref name="lastIncoming"/>: the last request sequence number of the peer;
    /// <paramref name="packetsTaken"/>: how many packets came from it.
    /// </summary>
    public void Write(Instant now, ref SpanWriter writer, Tsn lastAssigned, uint lastIncoming, long packetsTaken, TimeSpan rto)
    {
        if (_requested.Count == 0)
        {
            var count = Math.Min(_waiting.Count, SctpLimits.MaxStreamsPerReset);
            _requested.AddRange(_waiting[..count]);
            _waiting.RemoveRange(0, count);
            _lastTsn = lastAssigned;
            _retryWait = rto;
            _requestedAt = now;
            _packetsAtRequest = packetsTaken;
            _unanswered = 0;
        }

        Span<ushort> streams = stackalloc ushort[_requested.Count];
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_requested).CopyTo(streams);
        OutgoingSsnResetParameter.Write(ref writer, _sequence, lastIncoming, _lastTsn, streams);
        _mustSend = false;
        _retryAt = now + _retryWait;
        _retryWait = TimeSpan.FromTicks(Math.Min(_retryWait.Ticks * 2, SctpLimits.MaxBackoff.Ticks));
    }

    public int WriteBytes => OutgoingSsnResetParameter.FixedBytes + Packet.Tlv.Padded(2 * Math.Max(_requested.Count, Math.Min(_waiting.Count, SctpLimits.MaxStreamsPerReset)));

    public void HandleResponse(Instant now, ReconfigResponseParameter response, SendQueue queue, TimeSpan rto)
    {
        if (_requested.Count == 0 || response.ResponseSequence != _sequence)
        {
            return;
        }

        switch (response.Result)
        {
            case ReconfigResult.InProgress:
            case ReconfigResult.AlreadyInProgress:
                _mustSend = false;
                _unanswered = 0;
                _retryWait = rto;
                _retryAt = _isGivenUp ? Instant.Never : now + rto;
                if (now - _requestedAt > SctpLimits.ResetProgressTimeout && !_isGivenUp)
                {
                    GiveUp();
                }

                return;

            default:
                // An error leaves nothing to retry: the streams stay unused, which their owner sees to.
                var isDone = response.Result is ReconfigResult.Performed or ReconfigResult.NothingToDo;
                foreach (var id in _requested)
                {
                    var stream = queue.Stream(id);
                    stream.IsClosing = false;
                    stream.NextOrdered = isDone ? 0 : stream.NextOrdered;
                    stream.NextUnordered = isDone ? 0 : stream.NextUnordered;
                    events.Enqueue(new SctpEvent { Kind = SctpEventKind.OutgoingStreamReset, StreamId = id, At = now });
                }

                _requested.Clear();
                _sequence++;
                _isGivenUp = false;
                _mustSend = false;
                _retryAt = Instant.Never;
                return;
        }
    }

    public void Clear()
    {
        _waiting.Clear();
        _requested.Clear();
        _mustSend = false;
        _retryAt = Instant.Never;
    }

    private void GiveUp()
    {
        _isGivenUp = true;
        _retryAt = Instant.Never;
        foreach (var id in _requested)
        {
            ReportUnanswered(id);
        }

        foreach (var id in _waiting)
        {
            ReportUnanswered(id);
        }
    }

    private void ReportUnanswered(ushort streamId) =>
        events.Enqueue(new SctpEvent { Kind = SctpEventKind.OutgoingStreamResetUnanswered, StreamId = streamId });
}
