using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>An oracle was violated: a limit, an invariant, or a bound on work.</summary>
internal sealed class OracleException(string message) : Exception(message)
{
    public static void Require([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
        {
            throw new OracleException(what);
        }
    }

    /// <summary>Requires that something that a peer can grow is within its stated limit.</summary>
    public static void RequireAtMost(long actual, long limit, string what)
    {
        if (actual > limit)
        {
            throw new OracleException($"{what}: {actual}, and the limit is {limit}");
        }
    }
}
