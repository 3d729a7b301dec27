namespace KillaBeez.Swarm.Signaling.Routing;

/// <summary>
/// Cuts the bytes of one peer's <c>signal</c> substream into frames, however they were split on the way. Keeps at most one
/// incomplete frame, whose size is checked before anything of its payload is kept.
/// </summary>
internal sealed class RoutingFrameReader
{
    private readonly byte[] _header = new byte[RoutingFrame.MaximumHeaderBytes];
    private int _headerBytes;
    private byte[]? _payload;
    private int _payloadBytes;

    /// <summary>Bytes of an incomplete frame that are kept.</summary>
    public int BufferedBytes => _headerBytes + _payloadBytes;

    /// <summary>
    /// Takes the next complete frame out of <paramref name="data"/>; call until false. On false all of
    /// <paramref name="data"/> has been taken and more bytes are needed, unless the frame is too large.
    /// </summary>
    /// <param name="data">What is left of the bytes that came.</param>
    /// <param name="type">The frame's type, which may be unknown.</param>
    /// <param name="payload">The frame's payload, in an array of its own.</param>
    /// <param name="isTooLarge">A frame is longer than any frame may be: the substream is of no more use.</param>
    public bool TryRead(ref ReadOnlySpan<byte> data, out RoutingFrameType type, out byte[] payload, out bool isTooLarge)
    {
        type = default;
        payload = [];
        isTooLarge = false;
        while (_payload is null)
        {
            if (data.IsEmpty)
            {
                return false;
            }

            _header[_headerBytes++] = data[0];
            data = data[1..];
            if (!TryAllocatePayload())
            {
                isTooLarge = true;
                return false;
            }
        }

        var taken = Math.Min(_payload.Length - _payloadBytes, data.Length);
        data[..taken].CopyTo(_payload.AsSpan(_payloadBytes));
        data = data[taken..];
        _payloadBytes += taken;
        if (_payloadBytes < _payload.Length)
        {
            return false;
        }

        type = (RoutingFrameType)_header[0];
        payload = _payload;
        (_payload, _payloadBytes, _headerBytes) = (null, 0, 0);
        return true;
    }

    /// <summary>Makes room for the payload once the header is complete; false where it is too large.</summary>
    private bool TryAllocatePayload()
    {
        // An eight-byte size would not fit the header's buffer, and is too large for any frame of ours.
        if (_headerBytes > 1 && _header[1] >> 6 == 3)
        {
            return false;
        }

        var reader = new SpanReader(_header.AsSpan(0, _headerBytes));
        if (!reader.TryReadByte(out _) || !reader.TryReadVarInt(out var size))
        {
            return true;
        }

        if (size > RoutingLimits.MaximumPayloadBytes)
        {
            return false;
        }

        _payload = new byte[size];
        return true;
    }
}
