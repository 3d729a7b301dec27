using System.Buffers.Binary;

namespace KillaBeez.Swarm.Signaling;

/// <summary>Names one signal: 16 random bytes. Together with its sender it is what a replay is recognised by.</summary>
internal readonly record struct SignalId
{
    public const int SizeBytes = 16;

    private readonly UInt128 _value;

    /// <summary>Makes an id of exactly 16 bytes.</summary>
    public SignalId(ReadOnlySpan<byte> bytes) => _value = BinaryPrimitives.ReadUInt128BigEndian(bytes);

    public static SignalId Generate(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        random.Fill(bytes);
        return new SignalId(bytes);
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    public override string ToString() => _value.ToString("x32", null);
}
