using System.Buffers.Binary;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// Cuts what arrives on a TCP or TLS stream into messages, in one buffer that never grows beyond one message. Read
/// from the socket into <see cref="GetMemory"/>, say with <see cref="Advance"/> how much came, then call
/// <see cref="TryRead"/> until it returns false.
/// </summary>
/// <param name="framing">The rule.</param>
/// <param name="maxFrameBytes">The longest frame that is taken, padding included, without a length prefix.</param>
internal sealed class StreamFramer(StreamFraming framing, int maxFrameBytes)
{
    /// <summary>The length prefix of RFC 4571.</summary>
    public const int PrefixBytes = 2;

    private const int FirstBufferBytes = 2048;

    /// <summary>Type and length, which STUN and ChannelData both start with.</summary>
    private const int TurnHeadBytes = 4;

    private byte[] _buffer = new byte[Math.Min(FirstBufferBytes, maxFrameBytes + PrefixBytes)];
    private int _start;
    private int _end;

    /// <summary>Not <see cref="StreamFramingError.None"/>: nothing more can be read, close the stream.</summary>
    public StreamFramingError Error { get; private set; }

    /// <summary>The bytes that have come in and are not part of a message that was returned.</summary>
    public int BufferedBytes => _end - _start;

    /// <summary>Where the next bytes of the stream go; never empty. Ends the life of the frames returned so far.</summary>
    public Memory<byte> GetMemory()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        // Full before TryRead has found a whole frame: the frame at the front is longer than the buffer.
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, maxFrameBytes + PrefixBytes));
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Says that this many bytes have been written to what <see cref="GetMemory"/> returned.</summary>
    public void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _end);
        _end += bytes;
    }

    /// <summary>
    /// The next whole message: STUN or ChannelData with its padding, or what followed a length prefix. It is valid until the next
    /// <see cref="GetMemory"/>. False where more bytes are needed, or where <see cref="Error"/> says so.
    /// </summary>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        while (Error == StreamFramingError.None)
        {
            var pending = _buffer.AsSpan(_start, _end - _start);
            if (!TryMeasure(pending, out var headBytes, out var frameBytes))
            {
                return false;
            }

            if (frameBytes > maxFrameBytes)
            {
                Error = StreamFramingError.TooLong;
                return false;
            }

            if (pending.Length < headBytes + frameBytes)
            {
                return false;
            }

            _start += headBytes + frameBytes;

            // RFC 4571, section 2: a frame of length 0 is a null packet, to be ignored.
            if (frameBytes > 0)
            {
                frame = pending.Slice(headBytes, frameBytes);
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes the length prefix of RFC 4571 for a frame of 0..65535 bytes.</summary>
    public static void WritePrefix(Span<byte> destination, int frameBytes) =>
        BinaryPrimitives.WriteUInt16BigEndian(destination, checked((ushort)frameBytes));

    private bool TryMeasure(ReadOnlySpan<byte> pending, out int headBytes, out int frameBytes)
    {
        headBytes = 0;
        frameBytes = 0;
        var reader = new SpanReader(pending);
        if (framing == StreamFraming.LengthPrefixed)
        {
            headBytes = PrefixBytes;
            var ok = reader.TryReadUInt16(out var length);
            frameBytes = length;
            return ok;
        }

        if (pending.Length < TurnHeadBytes)
        {
            return false;
        }

        _ = reader.TryReadUInt16(out var type);
        _ = reader.TryReadUInt16(out var bodyBytes);
        if (new ChannelNumber(type).IsValid)
        {
            frameBytes = ChannelData.SizeOf(bodyBytes, padded: true);
            return true;
        }

        // The cookie shows whether the two ends still agree on where messages start.
        var hasCookie = reader.TryReadUInt32(out var cookie);
        if (type > 0x3FFF || bodyBytes % 4 != 0 || (hasCookie && cookie != StunHeader.MagicCookie))
        {
            Error = StreamFramingError.UnknownMessage;
            return false;
        }

        frameBytes = StunHeader.Bytes + bodyBytes;
        return hasCookie;
    }
}
