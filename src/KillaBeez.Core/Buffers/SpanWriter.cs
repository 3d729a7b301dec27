using System.Buffers.Binary;

namespace KillaBeez;

/// <summary>
/// Writes big-endian fields into a span whose size the caller has computed. Running out of room is a bug of
/// the caller, never of a peer, and throws.
/// </summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Position { get; private set; }

    public readonly int Remaining => _destination.Length - Position;

    public readonly ReadOnlySpan<byte> Written => _destination[..Position];

    /// <summary>The next <paramref name="count"/> bytes, for the caller to fill.</summary>
    public Span<byte> Reserve(int count)
    {
        var span = _destination.Slice(Position, count);
        Position += count;
        return span;
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);

    /// <summary>Writes <paramref name="count"/> zero bytes.</summary>
    public void WriteZeros(int count) => Reserve(count).Clear();

    /// <summary>The bytes that <paramref name="value"/> takes as a QUIC variable-length integer (RFC 9000, section 16).</summary>
    public static int VarIntSize(ulong value) => value switch
    {
        < 1UL << 6 => 1,
        < 1UL << 14 => 2,
        < 1UL << 30 => 4,
        < 1UL << 62 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    /// <summary>Writes a QUIC variable-length integer in its shortest form.</summary>
    public void WriteVarInt(ulong value)
    {
        switch (VarIntSize(value))
        {
            case 1: WriteByte((byte)value); break;
            case 2: WriteUInt16((ushort)(value | 0x4000)); break;
            case 4: WriteUInt32((uint)(value | 0x8000_0000)); break;
            default: WriteUInt64(value | 0xC000_0000_0000_0000); break;
        }
    }
}
