using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// Writes one message into the caller's span: header, then attributes in the order of the calls. The length
/// field always describes what has been written so far, which is what integrity and fingerprint need.
/// </summary>
internal ref struct StunWriter
{
    private readonly Span<byte> _destination;
    private SpanWriter _writer;

    public StunWriter(Span<byte> destination, StunMessageType type, StunTransactionId transactionId)
    {
        _destination = destination;
        _writer = new SpanWriter(destination);
        TransactionId = transactionId;
        new StunHeader(type, 0, transactionId).Write(ref _writer);
    }

    public StunTransactionId TransactionId { get; }

    /// <summary>The bytes of the message so far.</summary>
    public readonly int Length => _writer.Position;

    public readonly ReadOnlySpan<byte> Written => _writer.Written;

    /// <summary>Appends an attribute and returns its value for the caller to fill; padding is zeroed.</summary>
    public Span<byte> Reserve(StunAttributeType type, int valueBytes)
    {
        _writer.WriteUInt16((ushort)type);
        _writer.WriteUInt16((ushort)valueBytes);
        var value = _writer.Reserve(valueBytes);
        _writer.WriteZeros(-valueBytes & 3);
        SetLength(_writer.Position);
        return value;
    }

    public void Write(StunAttributeType type, scoped ReadOnlySpan<byte> value) => value.CopyTo(Reserve(type, value.Length));

    /// <summary>
    /// Appends an attribute whose value is computed over everything before it, while the length field already
    /// counts the attribute itself.
    /// </summary>
    public Span<byte> ReserveSealing(StunAttributeType type, int valueBytes, out ReadOnlySpan<byte> covered)
    {
        covered = _writer.Written;
        return Reserve(type, valueBytes);
    }

    private readonly void SetLength(int messageBytes) =>
        BinaryPrimitives.WriteUInt16BigEndian(_destination[StunHeader.LengthOffset..], (ushort)(messageBytes - StunHeader.Bytes));
}
