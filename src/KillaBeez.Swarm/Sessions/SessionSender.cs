namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// The sending direction of one session: the frames that are kept, which link they go out on and which of them
/// is next. Numbers count DATA and FIN from 0; always base &lt;= cursor &lt;= top &lt;= end, with the cursor
/// meaning nothing while there is no sending link.
/// </summary>
internal sealed class SessionSender(long budgetBytes, SessionRules rules) : IDisposable
{
    private readonly ReplayBuffer _buffer = new(budgetBytes);
    private bool _startDue;

    /// <summary>The first unacknowledged number.</summary>
    public ulong Base => _buffer.First;

    /// <summary>The next number to be written.</summary>
    public ulong End => _buffer.End;

    /// <summary>The highest number ever sent, and one.</summary>
    public ulong Top { get; private set; }

    /// <summary>The next number to be sent on the sending link.</summary>
    public ulong Cursor { get; private set; }

    /// <summary>The link that this side sends frames on: its own choice (R15).</summary>
    public SessionLink? Link { get; private set; }

    public bool IsFinWritten { get; private set; }

    public bool IsFinAcknowledged => IsFinWritten && Base == End;

    public long ChargedBytes => _buffer.ChargedBytes;

    public long BudgetBytes => _buffer.BudgetBytes;

    /// <summary>Data frames that the peer is known to have; FIN is not one.</summary>
    public ulong ConfirmedFrames => IsFinAcknowledged ? Base - 1 : Base;

    /// <summary>Whether frames are under way on the sending link.</summary>
    public bool HasOutstanding => Link is not null && Cursor > Base;

    /// <summary>Whether the peer has frames that it did not acknowledge, on whatever link they went.</summary>
    public bool HasUnacknowledged => Top > Base;

    /// <summary>The last moment at which the peer proved progress, or from which it is owed (R24).</summary>
    public Instant SuspectSince { get; private set; }

    /// <summary>The same for the whole session (R26); links coming and going do not move it.</summary>
    public Instant NoProgressSince { get; private set; }

    public bool TryWrite(ReadOnlySpan<byte> frame)
    {
        if (!_buffer.HasRoomFor(frame.Length))
        {
            return false;
        }

        _buffer.Append(frame);
        return true;
    }

    /// <summary>Whether a frame of this length would be taken now.</summary>
    public bool HasRoomFor(int frameBytes) => _buffer.HasRoomFor(frameBytes);

    /// <summary>Writes the last item of this direction. It needs no room: a close never waits for the peer.</summary>
    public void WriteFin()
    {
        _buffer.AppendFin();
        IsFinWritten = true;
    }

    /// <summary>
    /// Sends on another link from now on, from the first unacknowledged frame (R11): nobody knows whether the
    /// tail that the former link carried will arrive.
    /// </summary>
    public void MoveTo(Instant now, SessionLink? link)
    {
        if (Link is null || rules.SwitchGoesBackToBase)
        {
            Cursor = Base;
        }

        Link = link;
        _startDue = true;
        SuspectSince = now;
    }

    /// <summary>Learns that the peer expects <paramref name="next"/>. False: that was never sent (R21).</summary>
    public bool TryAcknowledge(Instant now, ulong next)
    {
        if (next > Top)
        {
            return false;
        }

        if (next <= Base)
        {
            return true;
        }

        _buffer.FreeBefore(next);
        SuspectSince = now;
        NoProgressSince = now;
        if (Cursor < next)
        {
            // Another link's news passed the cursor: go on behind it, and say from where (R12).
            Cursor = next;
            _startDue |= rules.OvertakenCursorRestarts;
        }

        return true;
    }

    /// <summary>Whether there is a frame for the sending link and the link may take it now (R17).</summary>
    public bool CanSend(int linkQueueBytes)
    {
        if (Link is null || Cursor >= End)
        {
            return false;
        }

        return Link.QueuedBytes == 0 || Link.QueuedBytes + _buffer[Cursor].Length <= linkQueueBytes;
    }

    /// <summary>Writes the next frame, with a START in front where one is due.</summary>
    public void WriteNext(Instant now, ref SpanWriter writer)
    {
        if (_startDue)
        {
            SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Start, Cursor);
            _startDue = false;
        }

        if (IsFinWritten && Cursor == End - 1)
        {
            SessionItemWriter.WriteFin(ref writer);
        }
        else
        {
            SessionItemWriter.WriteData(ref writer, _buffer[Cursor]);
        }

        if (Cursor == Base)
        {
            SuspectSince = now;
        }

        if (Top == Base)
        {
            NoProgressSince = now;
        }

        Cursor++;
        Top = Math.Max(Top, Cursor);
    }

    /// <summary>The session had no link for a time that the peer is not to blame for.</summary>
    public void ExcuseStall(TimeSpan stalled) => NoProgressSince += stalled;

    public void Dispose() => _buffer.Dispose();
}
