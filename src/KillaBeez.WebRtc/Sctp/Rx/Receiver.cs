using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Resets;
using KillaBeez.WebRtc.Sctp.Setup;

namespace KillaBeez.WebRtc.Sctp.Rx;

internal enum ReceiveOutcome
{
    Taken,

    /// <summary>A DATA chunk without payload (RFC 9260 section 6.2).</summary>
    NoUserData,

    /// <summary>Fragments that cannot belong together.</summary>
    Violation,

    /// <summary>A message longer than announced, or more begun messages than are kept.</summary>
    LimitExceeded,
}

/// <summary>The receiving half of an association: exists once the peer's initial TSN is known.</summary>
internal sealed class Receiver
{
    private readonly SctpOptions _options;
    private readonly ReceiveWindow _window;
    private readonly bool _isPeerOwnStack;

    /// <summary>The reassembly that was agreed on is one of these two.</summary>
    private readonly Reassembler? _byTsn;
    private readonly InterleavedReassembler? _interleaved;
    private bool _hasReceivedData;
    private bool _packetHasData;
    private bool _packetWantsSack;

    public Receiver(SctpOptions options, in PeerDescription peer, ReceiveWindow window, Queue<SctpEvent> events)
    {
        _options = options;
        _window = window;
        _isPeerOwnStack = peer.Can(PeerCapabilities.OwnStack);
        Tracker = new TsnTracker(peer.InitialTsn);
        if (peer.Can(PeerCapabilities.Interleaving))
        {
            Reassembler = _interleaved = new InterleavedReassembler(options.MaxReceiveMessageBytes, window, events);
        }
        else
        {
            Reassembler = _byTsn = new Reassembler(options.MaxReceiveMessageBytes, window, events);
        }

        Resets = new IncomingResets(peer.InitialTsn, Reassembler, events);
        Sacks = new SackScheduler(_isPeerOwnStack);
    }

    public TsnTracker Tracker { get; }

    public IReassembler Reassembler { get; }

    public IncomingResets Resets { get; }

    public SackScheduler Sacks { get; }

    public bool HasPacketData => _packetHasData;

    public ReceiveOutcome HandleData(in DataChunk chunk) => Handle(
        chunk.Tsn,
        new FragmentHeader(chunk.Flags, chunk.StreamId, chunk.StreamSequence, chunk.PayloadProtocol),
        chunk.Payload);

    public ReceiveOutcome HandleIData(in IDataChunk chunk) => Handle(
        chunk.Tsn,
        new FragmentHeader(chunk.Flags, chunk.StreamId, chunk.MessageId, chunk.PayloadProtocol, chunk.FragmentNumber),
        chunk.Payload);

    private ReceiveOutcome Handle(Tsn tsn, FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        _packetHasData = true;
        if (payload.IsEmpty)
        {
            return ReceiveOutcome.NoUserData;
        }

        // RFC 9260 section 6.2: the first DATA is acknowledged at once; RFC 7053: so is what asks for it.
        _packetWantsSack |= !_hasReceivedData || (header.Flags & DataFlags.Immediate) != 0;
        _hasReceivedData = true;
        switch (Tracker.Classify(tsn))
        {
            case TsnArrival.Next when MayTakeNext(payload.Length):
                return Judge(TakeNext(header, payload));
            case TsnArrival.Next when _interleaved is not null && _window.HeldBytes >= _options.ReceiveWindowBytes:
                // Begun messages alone fill the window, and a message more. No more can end, so waiting is in vain.
                return ReceiveOutcome.LimitExceeded;
            case TsnArrival.AboveGap when MayHold(tsn, header.StreamId) && Tracker.TryAddAboveGap(tsn):
                _packetWantsSack = true;
                return Judge(Reassembler.Hold(Tracker.Cumulative, tsn, header, payload));
            case TsnArrival.Duplicate:
                Tracker.AddDuplicate(tsn);
                _packetWantsSack = true;
                return ReceiveOutcome.Taken;
            default:
                // No room: the chunk counts as lost on the way, and the SACK says how little room there is.
                _packetWantsSack = true;
                return ReceiveOutcome.Taken;
        }
    }

    public ReceiveOutcome HandleForwardTsn(in ForwardTsnChunk chunk)
    {
        if (_byTsn is null || !IsForward(chunk.NewCumulativeTsn))
        {
            return ReceiveOutcome.Taken;
        }

        var first = Tracker.Cumulative.Next;
        Tracker.AdvanceTo(chunk.NewCumulativeTsn);
        var error = ConsumeHeldRange(first, Tracker.Cumulative);

        // The sequence numbers belong to the time before a reset that lies beyond the new cumulative TSN.
        if (!_byTsn.IsResetPending)
        {
            for (var i = 0; i < chunk.SkippedCount; i++)
            {
                var skipped = chunk.Skipped(i);
                _byTsn.SkipSequence(skipped.StreamId, skipped.StreamSequence);
            }
        }

        return Judge(error);
    }

    public ReceiveOutcome HandleIForwardTsn(in IForwardTsnChunk chunk)
    {
        if (_interleaved is null || !IsForward(chunk.NewCumulativeTsn))
        {
            return ReceiveOutcome.Taken;
        }

        // The message numbers are of the time before any reset that this makes possible: a sender numbers afresh
        // only when it has heard that the reset was performed.
        for (var i = 0; i < chunk.SkippedCount; i++)
        {
            var skipped = chunk.Skipped(i);
            _interleaved.Skip(skipped.StreamId, skipped.IsUnordered, skipped.MessageId);
        }

        Tracker.AdvanceTo(chunk.NewCumulativeTsn);
        Resets.TryPerform(Tracker.Cumulative);
        return ReceiveOutcome.Taken;
    }

    /// <summary>Notes a FORWARD-TSN; false where it is old, or further ahead than any data could be.</summary>
    private bool IsForward(Tsn newCumulative)
    {
        // Its sender repeats it until it is acknowledged; an old one says that it has missed our SACK.
        _packetHasData = true;
        _packetWantsSack = true;
        return newCumulative.DistanceFrom(Tracker.Cumulative) is > 0 and <= SctpLimits.MaxTsnOffset;
    }

    /// <summary>Decides on the SACK for a packet once all its chunks are taken.</summary>
    public void EndPacket(Instant now)
    {
        if (!_packetHasData)
        {
            return;
        }

        Sacks.OnDataPacket(now, Tracker.Cumulative, _packetWantsSack || Tracker.HasGap, Tracker.HasGap);
        _packetHasData = false;
        _packetWantsSack = false;
    }

    public int MaxSackBytes(int room)
    {
        var gaps = Math.Min(Tracker.RangeCount, MaxGapBlocks);
        var blocks = Math.Min(gaps + Tracker.Duplicates.Length, (room - SackChunk.MinBytes) / 4);
        return SackChunk.SizeBytes(Math.Max(blocks, 0), 0);
    }

    /// <summary>Writes the next SACK that is owed, within <paramref name="limit"/> bytes of packet.</summary>
    public void WriteSack(ref SpanWriter writer, int limit, bool isRidingWithData)
    {
        var isNewest = true;
        var cumulative = Tracker.Cumulative;
        if (isRidingWithData)
        {
            Sacks.TakeNewest();
        }
        else
        {
            cumulative = Sacks.Take(Tracker.Cumulative, out isNewest);
        }

        if (!isNewest)
        {
            SackChunk.Write(ref writer, cumulative, _window.Announce(), [], []);
            return;
        }

        var room = (limit - writer.Position - SackChunk.MinBytes) / 4;
        Span<GapBlock> gaps = stackalloc GapBlock[Math.Min(room, MaxGapBlocks)];
        var gapCount = Tracker.FillGapBlocks(gaps);
        var duplicates = Tracker.Duplicates;
        duplicates = duplicates[..Math.Min(duplicates.Length, room - gapCount)];
        SackChunk.Write(ref writer, cumulative, _window.Announce(), gaps[..gapCount], duplicates);
        Tracker.ClearDuplicates();
    }

    private int MaxGapBlocks => _isPeerOwnStack
        ? SctpLimits.MaxGapBlocksToOwnStack
        : SctpLimits.MaxGapBlocksToForeignStack;

    /// <summary>
    /// The chunk that advances the cumulative TSN is taken over the limit while something waits for it:
    /// otherwise a full buffer that lacks just this chunk would never empty. The overshoot is one message.
    /// </summary>
    private bool MayTakeNext(int bytes) =>
        !_window.IsFull
        || (_window.HeldBytes > 0
            && _window.OccupiedBytes + bytes <= (long)_options.ReceiveWindowBytes + _options.MaxReceiveMessageBytes);

    private bool MayHold(Tsn tsn, ushort streamId) =>
        !_window.IsFull
        && Reassembler.HeldCount < SctpLimits.MaxHeldChunks

        // Numbered messages are judged at once, and these have the numbers that follow a reset not yet performed.
        && !(_interleaved is not null && Resets.IsBeyondPending(tsn, streamId));

    private ReassemblyError TakeNext(FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        var tsn = Tracker.Cumulative.Next;
        var error = Reassembler.Consume(header, payload);
        Tracker.AddNext();
        Resets.TryPerform(tsn);
        return error == ReassemblyError.None ? ConsumeHeldRange(tsn.Next, Tracker.Cumulative) : error;
    }

    private ReassemblyError ConsumeHeldRange(Tsn first, Tsn last)
    {
        if (_byTsn is null)
        {
            Resets.TryPerform(last);
            return ReassemblyError.None;
        }

        for (var tsn = first; tsn <= last; tsn = tsn.Next)
        {
            if (_byTsn.HeldCount == 0)
            {
                _byTsn.SkipMissing();
                Resets.TryPerform(last);
                return ReassemblyError.None;
            }

            var error = _byTsn.ConsumeHeld(tsn);
            if (error != ReassemblyError.None)
            {
                return error;
            }

            Resets.TryPerform(tsn);
        }

        return ReassemblyError.None;
    }

    private static ReceiveOutcome Judge(ReassemblyError error) => error switch
    {
        ReassemblyError.None => ReceiveOutcome.Taken,
        ReassemblyError.MessageTooLarge or ReassemblyError.TooManyMessages => ReceiveOutcome.LimitExceeded,
        _ => ReceiveOutcome.Violation,
    };
}
