namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>Cells that passed, and what those said that did not.</summary>
internal sealed class MatrixResult
{
    public int Total { get; private set; }

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
        Failures.AddRange(other.Failures);
    }
}
