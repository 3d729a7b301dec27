using System.Buffers.Binary;

namespace KillaBeez;

/// <summary>
/// The one bounds-checked way to read peer bytes. A read past the end fails, leaves zeros and makes every
/// later read fail too, so a parser may read all its fields and check <see cref="Failed"/> once.
/// Numbers are big-endian (network order).
/// </summary>
internal ref struct SpanReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    public int Position { get; private set; }

    public bool Failed { get; private set; }

    public readonly int Remaining => _source.Length - Position;

    public readonly bool AtEnd => Remaining == 0;

    public readonly ReadOnlySpan<byte> Rest => _source[Position..];

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        if (Failed || (uint)count > (uint)Remaining)
        {
            Failed = true;
            bytes = default;
            return false;
        }

        bytes = _source.Slice(Position, count);
        Position += count;
        return true;
    }

    public bool TrySkip(int count) => TryReadBytes(count, out _);

    public bool TryReadByte(out byte value)
    {
        var ok = TryReadBytes(1, out var bytes);
        value = ok ? bytes[0] : default;
        return ok;
    }

    public bool TryReadUInt16(out ushort value)
    {
        var ok = TryReadBytes(2, out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : default;
        return ok;
    }

    public bool TryReadUInt32(out uint value)
    {
        var ok = TryReadBytes(4, out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : default;
        return ok;
    }

    public bool TryReadUInt64(out ulong value)
    {
        var ok = TryReadBytes(8, out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : default;
        return ok;
    }

    /// <summary>Reads a QUIC variable-length integer (RFC 9000, section 16).</summary>
    public bool TryReadVarInt(out ulong value)
    {
        value = 0;
        if (!TryReadByte(out var first))
        {
            return false;
        }

        value = (ulong)(first & 0x3F);
        var more = (1 << (first >> 6)) - 1;
        if (!TryReadBytes(more, out var tail))
        {
            value = 0;
            return false;
        }

        foreach (var b in tail)
        {
            value = (value << 8) | b;
        }

        return true;
    }
}
