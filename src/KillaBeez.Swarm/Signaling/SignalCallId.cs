using System.Buffers.Binary;

namespace KillaBeez.Swarm.Signaling;

/// <summary>Names one attempt to link two nodes: 16 random bytes, drawn by the side that offers.</summary>
internal readonly record struct SignalCallId
{
    public const int SizeBytes = 16;

    private readonly UInt128 _value;

    /// <summary>Makes an id of exactly 16 bytes.</summary>
    public SignalCallId(ReadOnlySpan<byte> bytes) => _value = BinaryPrimitives.ReadUInt128BigEndian(bytes);

    public static SignalCallId Generate(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        random.Fill(bytes);
        return new SignalCallId(bytes);
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    public override string ToString() => _value.ToString("x32", null);
}
