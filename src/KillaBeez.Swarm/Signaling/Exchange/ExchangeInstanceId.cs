using System.Buffers.Binary;

namespace KillaBeez.Swarm.Signaling.Exchange;

/// <summary>
/// Names one life of a client, 16 random bytes: by it an exchange tells a node that comes again from another node with
/// the same key.
/// </summary>
internal readonly record struct ExchangeInstanceId
{
    public const int SizeBytes = 16;

    private readonly UInt128 _value;

    /// <summary>Makes an id of exactly 16 bytes.</summary>
    public ExchangeInstanceId(ReadOnlySpan<byte> bytes) => _value = BinaryPrimitives.ReadUInt128BigEndian(bytes);

    public static ExchangeInstanceId Generate(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        random.Fill(bytes);
        return new ExchangeInstanceId(bytes);
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    public override string ToString() => _value.ToString("x32", null);
}
