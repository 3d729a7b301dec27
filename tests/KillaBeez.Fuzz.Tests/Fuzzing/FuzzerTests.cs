using System.Buffers.Binary;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>The fuzzer finds what it is there to find: mistakes put in on purpose, one for each oracle.</summary>
public sealed class FuzzerTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(60);
    private static readonly List<byte[]> Kept = [];

    [Fact]
    public void Exception_BehindALengthField_IsFoundAndShrunk()
    {
        var run = new FuzzRun(Target(ReadWithoutCheck), seed: 5);
        var finding = FuzzLoop.Run(run, Time);

        Assert.NotNull(finding);
        Assert.Contains(nameof(IndexOutOfRangeException), finding.Message, StringComparison.Ordinal);
        Assert.True(finding.Shrunk.Length <= 4, finding.ToString());
        Assert.Contains($"--target planted --input {Convert.ToHexStringLower(finding.Shrunk)}", finding.ToString(), StringComparison.Ordinal);
        Assert.Contains("seed 5", finding.ToString(), StringComparison.Ordinal);
        Assert.NotNull(Execution.Run(Target(ReadWithoutCheck), finding.Shrunk, out _));
    }

    [Fact]
    public void Mistake_ThatNeedsTwoSteps_IsFoundThroughNewOutcomes()
    {
        // Each letter right is a new outcome, and an input that had it is mutated further; to guess all at once is hopeless.
        var finding = FuzzLoop.Run(new FuzzRun(Target(input => Prefix(input, "deep!"u8)), seed: 1), Time);
        Assert.NotNull(finding);
        Assert.Equal("deep!"u8.ToArray(), finding.Shrunk);
    }

    [Fact]
    public void Allocation_BeyondTheLimit_IsFound()
    {
        var finding = FuzzLoop.Run(new FuzzRun(Target(input => new byte[input.Length > 0 && input[0] == 0xFF ? 4_000_000 : 1].Length), seed: 1), Time);
        Assert.NotNull(finding);
        Assert.Equal("allocation", finding.Kind);
        Assert.Equal([0xFF], finding.Shrunk);
    }

    [Fact]
    public void Memory_KeptForGood_IsFound()
    {
        var finding = FuzzLoop.Run(new FuzzRun(Target(Keep), seed: 1), TimeSpan.FromSeconds(2));
        Kept.Clear();
        Assert.NotNull(finding);
        Assert.Contains("still alive", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("--seed 1", finding.Command, StringComparison.Ordinal);
    }

    [Fact]
    public void Loop_WithoutEnd_IsFoundWithItsInput()
    {
        using var release = new ManualResetEventSlim();
        var run = new FuzzRun(Target(input => Loop(input, release)), seed: 1);
        var finding = FuzzLoop.Run(run, Time, patience: TimeSpan.FromSeconds(5));
        release.Set();

        Assert.NotNull(finding);
        Assert.Equal(FuzzRun.HangKind, finding.Kind);
        Assert.Equal(0xEE, finding.Input[0]);
    }

    [Fact]
    public void Seed_Repeated_ExecutesTheSameInputs()
    {
        Assert.Equal(Inputs(7), Inputs(7));
        Assert.NotEqual(Inputs(7), Inputs(8));
    }

    [Fact]
    public void Finding_OfAKindThatIsKnown_IsReportedOnce()
    {
        var run = new FuzzRun(Target(_ => throw new OracleException("planted 1")), seed: 1);
        Assert.NotNull(run.Step());
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(run.Step());
        }

        Assert.Single(run.Findings);
    }

    private static List<string> Inputs(ulong seed)
    {
        var inputs = new List<string>();
        var run = new FuzzRun(Target(input => Record(input, inputs)), seed);
        for (var i = 0; i < 2000; i++)
        {
            run.Step();
        }

        return inputs;
    }

    private static int Record(ReadOnlySpan<byte> input, List<string> inputs)
    {
        inputs.Add(Convert.ToHexString(input));
        return input.Length;
    }

    /// <summary>What parsers without a reader do: they believe a length.</summary>
    private static int ReadWithoutCheck(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2)
        {
            return 0;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(input);
        return length == 0 ? 1 : input[1 + length];
    }

    private static int Prefix(ReadOnlySpan<byte> input, ReadOnlySpan<byte> word)
    {
        var common = input.CommonPrefixLength(word);
        OracleException.Require(common < word.Length, "planted");
        return common;
    }

    private static int Keep(ReadOnlySpan<byte> input)
    {
        lock (Kept)
        {
            if (Kept.Count < 1000)
            {
                Kept.Add(new byte[128 * 1024]);
            }
        }

        return input.Length;
    }

    private static int Loop(ReadOnlySpan<byte> input, ManualResetEventSlim release)
    {
        while (input.Length > 0 && input[0] == 0xEE && !release.IsSet)
        {
            Thread.Yield();
        }

        return 0;
    }

    private static ParserTarget Target(ParserBody body) => new("planted", body, () => [[0, 0, 1, 2, 3], "seed"u8.ToArray()]);
}
