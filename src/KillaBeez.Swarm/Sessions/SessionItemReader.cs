using System.Text.Unicode;

namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// Takes the items of one message apart, in order. <see cref="TryRead"/> is false at the end and at the first
/// mistake; <see cref="Error"/> tells which.
/// </summary>
internal ref struct SessionItemReader(ReadOnlySpan<byte> message)
{
    private SpanReader _reader = new(message);
    private int _count;

    public SessionItemError Error { get; private set; } = message.IsEmpty ? SessionItemError.EmptyMessage : SessionItemError.None;

    public bool TryRead(out SessionItem item)
    {
        item = default;
        if (Error != SessionItemError.None || _reader.AtEnd)
        {
            return false;
        }

        if (++_count > SessionLimits.MaxItemsPerMessage)
        {
            Error = SessionItemError.TooManyItems;
            return false;
        }

        _reader.TryReadByte(out var kind);
        Error = ReadBody((SessionItemKind)kind, out item);
        if (_reader.Failed)
        {
            Error = SessionItemError.Truncated;
        }

        return Error == SessionItemError.None;
    }

    private SessionItemError ReadBody(SessionItemKind kind, out SessionItem item)
    {
        item = default;
        switch (kind)
        {
            case SessionItemKind.Data:
                return ReadData(out item);
            case SessionItemKind.Start or SessionItemKind.Ack or SessionItemKind.Pull:
                _reader.TryReadVarInt(out var number);
                item = new SessionItem { Kind = kind, Number = number };
                return SessionItemError.None;
            case SessionItemKind.Fin:
                item = new SessionItem { Kind = kind };
                return SessionItemError.None;
            case SessionItemKind.Ping or SessionItemKind.Pong:
                _reader.TryReadUInt64(out var echo);
                item = new SessionItem { Kind = kind, Echo = echo };
                return SessionItemError.None;
            case SessionItemKind.End:
                return ReadEnd(out item);
            case SessionItemKind.Bye:
                _reader.TryReadByte(out var reason);
                item = new SessionItem { Kind = kind, ByeReason = (LinkByeReason)reason };
                return reason > (byte)LinkByeReason.Unsupported ? SessionItemError.UnknownCode : SessionItemError.None;
            default:
                return SessionItemError.UnknownItem;
        }
    }

    private SessionItemError ReadData(out SessionItem item)
    {
        _reader.TryReadBytes(_reader.Remaining, out var frame);
        item = new SessionItem { Kind = SessionItemKind.Data, Bytes = frame };
        return frame.Length switch
        {
            0 => SessionItemError.EmptyFrame,
            > SessionLimits.MaxFrameBytes => SessionItemError.FrameTooLong,
            _ => SessionItemError.None,
        };
    }

    private SessionItemError ReadEnd(out SessionItem item)
    {
        item = default;
        _reader.TryReadByte(out var code);
        _reader.TryReadVarInt(out var next);
        if (!_reader.TryReadBytes(_reader.Remaining, out var text))
        {
            return SessionItemError.Truncated;
        }

        if (code > (byte)SessionEndCode.ShuttingDown)
        {
            return SessionItemError.UnknownCode;
        }

        if (text.Length > SessionLimits.MaxEndTextBytes)
        {
            return SessionItemError.TextTooLong;
        }

        item = new SessionItem { Kind = SessionItemKind.End, EndCode = (SessionEndCode)code, Number = next, Bytes = text };
        return Utf8.IsValid(text) ? SessionItemError.None : SessionItemError.InvalidText;
    }
}
