namespace KillaBeez.Cli.Demo;

/// <summary>What a demo was asked to do.</summary>
internal sealed record DemoOptions
{
    public const int LeastNodes = 2;
    public const int MostNodes = 16;
    public const int DefaultNodes = 3;
    public const int DefaultTimeoutSeconds = 30;
    public const int MostTimeoutSeconds = 3600;
    public const int DefaultBodyBytes = 1024 * 1024;

    public int Nodes { get; init; } = DefaultNodes;

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(DefaultTimeoutSeconds);

    /// <summary>The size of each greeting's random body.</summary>
    public int BodyBytes { get; init; } = DefaultBodyBytes;
}
