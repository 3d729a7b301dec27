namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>
/// Something that hostile bytes reach: a parser, or an engine driven by a list of operations that is itself encoded
/// as bytes, so that the same mutations and the same shrinking serve both. A target is a pure function of its input:
/// it draws no randomness of its own and keeps nothing from one execution to the next.
/// </summary>
internal abstract class FuzzTarget
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs grow no longer than this.</summary>
    public virtual int MaxInputBytes => 4096;

    /// <summary>How large a share of the time it gets; parsers are done sooner than engines.</summary>
    public virtual int Weight => 1;

    /// <summary>Words of the format, which mutations insert.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => [];

    /// <summary>Valid inputs: from our own writers, and from ../shared/vectors where that is there.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>
    /// Makes checksums, lengths and the like right again in place or in a copy, so that a mutation is not stopped at
    /// the door. It is applied to most inputs, not to all: the door is tested too.
    /// </summary>
    public virtual byte[] Repair(byte[] input) => input;

    /// <summary>What one execution may allocate, in bytes.</summary>
    public virtual long MaxAllocatedBytes(int inputBytes) => (256 * 1024) + (64L * inputBytes);

    /// <summary>
    /// Runs the input through and throws where an oracle is violated. The result says roughly what happened; an
    /// input whose result is new is kept and mutated further, which replaces coverage.
    /// </summary>
    public abstract int Execute(ReadOnlySpan<byte> input);
}
