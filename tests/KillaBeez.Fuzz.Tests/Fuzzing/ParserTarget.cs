namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>Parses an input and checks what came of it.</summary>
internal delegate int ParserBody(ReadOnlySpan<byte> input);

/// <summary>A target without state: a parser, and the checks that belong to it.</summary>
internal sealed class ParserTarget(string name, ParserBody body, Func<IEnumerable<byte[]>> seeds) : FuzzTarget
{
    public override string Name => name;

    public override int MaxInputBytes => InputBytes;

    public override IReadOnlyList<byte[]> Tokens => Words;

    public int InputBytes { get; init; } = 4096;

    public IReadOnlyList<byte[]> Words { get; init; } = [];

    public Func<byte[], byte[]> Repairing { get; init; } = static input => input;

    /// <summary>The fixed part of what an execution may allocate, in bytes.</summary>
    public long AllocationBytes { get; init; } = 256 * 1024;

    public override IEnumerable<byte[]> Seeds() => seeds();

    public override byte[] Repair(byte[] input) => Repairing(input);

    public override long MaxAllocatedBytes(int inputBytes) => AllocationBytes + (64L * inputBytes);

    public override int Execute(ReadOnlySpan<byte> input) => body(input);
}
