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

    /// <summary>A message longer than announced.</summary>
    LimitExceeded,
}

/// <summary>The receiving half of an association: exists once the peer's initial TSN is known.</summary>
internal sealed class Receiver
{
    private readonly SctpOptions _options;
    private readonly ReceiveWindow _window;
    private readonly bool _isPeerOwnStack;
    private bool _hasReceivedData;
    private bool _packetHasData;
    private bool _packetWantsSack;

    public Receiver(SctpOptions options, in PeerDescription peer, ReceiveWindow window, Queue<SctpEvent> events)
    {
        _options = options;
        _window = window;
        _isPeerOwnStack = peer.Can(PeerCapabilities.OwnStack);
        Tracker = new TsnTracker(peer.InitialTsn);
        Reassembler = new Reassembler(options.MaxReceiveMessageBytes, window, events);
        Resets = new IncomingResets(peer.InitialTsn, Reassembler, events);
        Sacks = new SackScheduler(_isPeerOwnStack);
    }

    public TsnTracker Tracker { get; }

    public Reassembler Reassembler { get; }

    public IncomingResets Resets { get; }

    public SackScheduler Sacks { get; }

    public bool HasPacketData => _packetHasData;

    public ReceiveOutcome HandleData(in DataChunk chunk)
    {
        _packetHasData = true;
        if (chunk.Payload.IsEmpty)
        {
            return ReceiveOutcome.NoUserData;
        }

        // RFC 9260 section 6.2: the first DATA is acknowledged at once; RFC 7053: so is what asks for it.
        _packetWantsSack |= !_hasReceivedData || (chunk.Flags & DataFlags.Immediate) != 0;
        _hasReceivedData = true;
        var header = new FragmentHeader(chunk.Flags, chunk.StreamId, chunk.StreamSequence, chunk.PayloadProtocol);
        switch (Tracker.Classify(chunk.Tsn))
        {
            case TsnArrival.Next when MayTakeNext(chunk.Payload.Length):
                return Judge(TakeNext(header, chunk.Payload));
            case TsnArrival.AboveGap when MayHold() && Tracker.TryAddAboveGap(chunk.Tsn):
                _packetWantsSack = true;
                return Judge(Reassembler.Hold(Tracker.Cumulative, chunk.Tsn, header, chunk.Payload));
            case TsnArrival.Duplicate:
                Tracker.AddDuplicate(chunk.Tsn);
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
        // Its sender repeats it until it is acknowledged; an old one says that it has missed our SACK.
        _packetHasData = true;
        _packetWantsSack = true;
        var offset = chunk.NewCumulativeTsn.DistanceFrom(Tracker.Cumulative);
        if (offset is <= 0 or > SctpLimits.MaxTsnOffset)
        {
            return ReceiveOutcome.Taken;
        }

        var first = Tracker.Cumulative.Next;
        Tracker.AdvanceTo(chunk.NewCumulativeTsn);
        var error = ConsumeHeldRange(first, Tracker.Cumulative);

        // The sequence numbers belong to the time before a reset that lies beyond the new cumulative TSN.
        if (!Reassembler.IsResetPending)
        {
            for (var i = 0; i < chunk.SkippedCount; i++)
            {
                var skipped = chunk.Skipped(i);
                Reassembler.SkipSequence(skipped.StreamId, skipped.StreamSequence);
            }
        }

        return Judge(error);
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

    private bool MayHold() => !_window.IsFull && Reassembler.HeldCount < SctpLimits.MaxHeldChunks;

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
        for (var tsn = first; tsn <= last; tsn = tsn.Next)
        {
            if (Reassembler.HeldCount == 0)
            {
                Reassembler.SkipMissing();
                Resets.TryPerform(last);
                return ReassemblyError.None;
            }

            var error = Reassembler.ConsumeHeld(tsn);
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
        ReassemblyError.MessageTooLarge => ReceiveOutcome.LimitExceeded,
        _ => ReceiveOutcome.Violation,
    };
}
