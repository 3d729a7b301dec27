using System.Buffers.Binary;
using KillaBeez.Actors.Handles;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Actors.Substreams;

/// <summary>
/// The swarm's own substreams of one session. Gossip carries whole messages, each preceded by its length in four
/// bytes, big-endian; signals are a stream that the signal router frames itself.
/// </summary>
internal sealed class ControlSubstreams
{
    /// <summary>The longest message; a longer one is a violation.</summary>
    public const int MaxMessageBytes = 256 * 1024;

    /// <summary>What may wait for credit on one substream; what is queued beyond that is dropped and counted.</summary>
    private const int MaxQueuedBytes = 2 * 1024 * 1024;

    /// <summary>
    /// How many bytes of messages may wait to be handled. While more do, the peer gets no new credit, so that at
    /// most its window comes on top.
    /// </summary>
    private const int MaxUnhandledBytes = 256 * 1024;

    private const int LengthBytes = 4;

    private readonly Dictionary<string, Line> _lines = [];
    private readonly Queue<(string Type, byte[] Message)> _received = new();

    private long _unhandledBytes;

    public long DroppedMessages { get; private set; }

    /// <summary>The bytes of messages that were taken and are not handled yet.</summary>
    public long UnhandledBytes => _unhandledBytes;

    public bool Has(string type) => _lines.TryGetValue(type, out var line) && line.Id is not null;

    public bool Owns(SubstreamId id) => Find(id) is not null;

    /// <summary>A substream was opened, by this side or the other; messages queued before wait for it.</summary>
    public void Opened(string type, SubstreamId id, bool isAccepted)
    {
        var line = LineOf(type);
        line.Id = id;
        line.IsWritable = isAccepted;
    }

    public void Accepted(SubstreamId id)
    {
        if (Find(id) is { } line)
        {
            line.IsWritable = true;
        }
    }

    public void Queue(string type, byte[] message)
    {
        var line = LineOf(type);
        if (line.QueuedBytes + message.Length > MaxQueuedBytes)
        {
            DroppedMessages++;
            return;
        }

        if (line.IsFramed)
        {
            var framed = new byte[LengthBytes + message.Length];
            BinaryPrimitives.WriteInt32BigEndian(framed, message.Length);
            message.CopyTo(framed, LengthBytes);
            message = framed;
        }

        line.Outgoing.Enqueue(message);
        line.QueuedBytes += message.Length;
    }

    /// <summary>The next bytes to be written, of any substream that takes some.</summary>
    public bool TryPeekOutgoing(out SubstreamId id, out ReadOnlySpan<byte> bytes)
    {
        foreach (var line in _lines.Values)
        {
            if (line is { IsWritable: true, IsBlocked: false, Id: { } lineId } && line.Outgoing.TryPeek(out var message))
            {
                id = lineId;
                bytes = message.AsSpan(line.SentOfFirst);
                return true;
            }
        }

        id = default;
        bytes = default;
        return false;
    }

    /// <summary>Notes how much was taken of what <see cref="TryPeekOutgoing"/> gave. Less than all waits for credit.</summary>
    public void Took(SubstreamId id, int bytes)
    {
        var line = Find(id)!;
        line.SentOfFirst += bytes;
        if (line.SentOfFirst < line.Outgoing.Peek().Length)
        {
            line.IsBlocked = true;
            return;
        }

        line.QueuedBytes -= line.Outgoing.Dequeue().Length;
        line.SentOfFirst = 0;
    }

    public void Writable(SubstreamId id)
    {
        if (Find(id) is { } line)
        {
            line.IsBlocked = false;
        }
    }

    /// <summary>Takes bytes of the peer's; false where a message is longer than allowed.</summary>
    public bool Receive(SubstreamId id, ReadOnlySpan<byte> bytes)
    {
        var line = Find(id)!;
        if (!line.IsFramed)
        {
            _received.Enqueue((line.Type, bytes.ToArray()));
            return true;
        }

        while (!bytes.IsEmpty)
        {
            var wanted = line.Incoming is null ? LengthBytes - line.Received : line.Incoming.Length - line.Received;
            var part = bytes[..Math.Min(wanted, bytes.Length)];
            part.CopyTo((line.Incoming ?? line.Length).AsSpan(line.Received));
            line.Received += part.Length;
            bytes = bytes[part.Length..];
            if (part.Length == wanted && !Complete(line))
            {
                return false;
            }
        }

        return true;
    }

    public bool TryTake(out string type, out byte[] message)
    {
        var any = _received.TryDequeue(out var received);
        (type, message) = received;
        _unhandledBytes += any ? message.Length : 0;
        return any;
    }

    /// <summary>Bytes came; their credit is due.</summary>
    public void NoteReceived(SubstreamId id, int bytes) => Find(id)!.DueCredit += bytes;

    /// <summary>A message that was taken has been handled.</summary>
    public void NoteHandled(int bytes) => _unhandledBytes -= bytes;

    /// <summary>Credit that goes back to the peer now: none while too much waits to be handled.</summary>
    public bool TryTakeCredit(out SubstreamId id, out int bytes)
    {
        (id, bytes) = (default, 0);
        if (_unhandledBytes > MaxUnhandledBytes)
        {
            return false;
        }

        foreach (var line in _lines.Values)
        {
            if (line.DueCredit > 0 && line.Id is { } lineId)
            {
                (id, bytes) = (lineId, line.DueCredit);
                line.DueCredit = 0;
                return true;
            }
        }

        return false;
    }

    /// <summary>The session is over.</summary>
    public void Clear()
    {
        _lines.Clear();
        _received.Clear();
        _unhandledBytes = 0;
    }

    private bool Complete(Line line)
    {
        line.Received = 0;
        if (line.Incoming is { } message)
        {
            _received.Enqueue((line.Type, message));
            line.Incoming = null;
            return true;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(line.Length);
        if (length is 0 or > MaxMessageBytes)
        {
            return false;
        }

        line.Incoming = new byte[length];
        return true;
    }

    private Line LineOf(string type)
    {
        if (!_lines.TryGetValue(type, out var line))
        {
            _lines.Add(type, line = new Line(type));
        }

        return line;
    }

    private Line? Find(SubstreamId id)
    {
        foreach (var line in _lines.Values)
        {
            if (line.Id == id)
            {
                return line;
            }
        }

        return null;
    }

    private sealed class Line(string type)
    {
        public string Type { get; } = type;

        public bool IsFramed => Type == SubstreamTypes.Gossip;

        public SubstreamId? Id { get; set; }

        public bool IsWritable { get; set; }

        public bool IsBlocked { get; set; }

        public Queue<byte[]> Outgoing { get; } = new();

        public int SentOfFirst { get; set; }

        public int QueuedBytes { get; set; }

        public byte[] Length { get; } = new byte[LengthBytes];

        public byte[]? Incoming { get; set; }

        public int Received { get; set; }

        public int DueCredit { get; set; }
    }
}
