namespace KillaBeez.Interop.Tests.Install;

/// <summary>What a missing peer means: a skip that names it, or a failure where nothing may be skipped.</summary>
internal static class RequiredPeers
{
    /// <summary>Set in CI: a peer that is missing is then a failure.</summary>
    private const string Variable = "KILLABEEZ_INTEROP_REQUIRED";

    /// <summary>Ends the test where something is missing.</summary>
    /// <param name="missing">What; null where everything is there.</param>
    public static void Check(string? missing)
    {
        if (missing is not null && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
        {
            throw new PeerMissingException(missing);
        }

        Skip.If(missing is not null, missing);
    }
}
