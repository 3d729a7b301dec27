using System.Diagnostics;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>One run of one input under the oracles that all targets share: no exception, and no more memory than allowed.</summary>
internal static class Execution
{
    /// <summary>Runs the input; null where every oracle holds.</summary>
    public static Violation? Run(FuzzTarget target, byte[] input, out int outcome)
    {
        var violation = RunOnce(target, input, out outcome, out var allocated);
        if (violation is not null || allocated <= target.MaxAllocatedBytes(input.Length))
        {
            return violation;
        }

        // The first use of a type or table allocates once; only what is allocated again is the input's doing.
        violation = RunOnce(target, input, out outcome, out allocated);
        return violation is null && allocated > target.MaxAllocatedBytes(input.Length)
            ? new Violation("allocation", $"{allocated} bytes allocated for {input.Length} bytes of input, and the limit is {target.MaxAllocatedBytes(input.Length)}")
            : violation;
    }

    private static Violation? RunOnce(FuzzTarget target, byte[] input, out int outcome, out long allocated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            outcome = target.Execute(input);
            return null;
        }
        catch (Exception e)
        {
            outcome = 0;
            return new Violation(KindOf(e), e is OracleException ? e.Message : e.ToString());
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>The exception's type and where it was thrown; for an oracle its words without numbers.</summary>
    private static string KindOf(Exception e)
    {
        if (e is OracleException)
        {
            return string.Concat(e.Message.Where(c => !char.IsAsciiDigit(c)));
        }

        var frame = new StackTrace(e).GetFrames().FirstOrDefault(f => f.GetMethod()?.DeclaringType?.Namespace?.StartsWith("KillaBeez", StringComparison.Ordinal) == true);
        return $"{e.GetType().Name} in {frame?.GetMethod()?.DeclaringType?.Name}.{frame?.GetMethod()?.Name}";
    }
}

/// <summary>What an execution did wrong. The kind tells one mistake from another.</summary>
internal sealed record Violation(string Kind, string Message);
