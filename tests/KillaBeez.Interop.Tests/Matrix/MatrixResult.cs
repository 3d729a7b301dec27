namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>Cells that passed, and what those said that did not.</summary>
internal sealed class MatrixResult
{
    public int Total { get; private set; }

    /// <summary>Cells that cannot pass for a reason that is the peer's; not part of <see cref="Total"/>.</summary>
    public int NotApplicable { get; set; }

    public List<string> Failures { get; } = [];

    public int Passed => Total - Failures.Count;

    public void Add(string? failure)
    {
        Total++;
        if (failure is not null)
        {
            Failures.Add(failure);
        }
    }

    public void Add(MatrixResult other)
    {
        Total += other.Total;
        NotApplicable += other.NotApplicable;
        Failures.AddRange(other.Failures);
    }
}
