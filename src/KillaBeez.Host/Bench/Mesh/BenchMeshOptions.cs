namespace KillaBeez.Cli.Bench.Mesh;

/// <summary>What <c>bench mesh</c> measures: an exchange and N nodes in one process, from the calls to the full mesh.</summary>
internal sealed record BenchMeshOptions
{
    public const int LeastNodes = 2;
    public const int MostNodes = 64;

    public int Nodes { get; init; } = 10;

    /// <summary>Meshes built one after the other, after one to warm up; the median is reported.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>How long one mesh may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}
