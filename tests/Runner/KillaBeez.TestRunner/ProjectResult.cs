namespace KillaBeez.TestRunner;

/// <summary>How one test project's run ended.</summary>
internal sealed record ProjectResult
{
    public required string Project { get; init; }

    public required TrxReport Report { get; init; }

    /// <summary>Why the run as a whole failed beside failed tests, or null: it was stopped, crashed or was not built.</summary>
    public string? Breakdown { get; init; }

    /// <summary>Whether it was ended from outside.</summary>
    public bool IsStopped { get; init; }

    /// <summary>What the run printed, for a breakdown.</summary>
    public string Log { get; init; } = "";

    public TimeSpan Elapsed { get; init; }

    /// <summary>A run that broke down is a failure, whatever its tests said.</summary>
    public int FailedCount => Report.Failed.Count + (Breakdown is null ? 0 : 1);
}
