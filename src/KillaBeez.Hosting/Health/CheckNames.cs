namespace KillaBeez.Hosting.Health;

/// <summary>How the health checks are called.</summary>
internal static class CheckNames
{
    public const string Prefix = "killabeez";
    public const string LiveTag = "live";
    public const string ReadyTag = "ready";

    public static string LiveName(string prefix) => $"{prefix}-live";

    public static string ReadyName(string prefix) => $"{prefix}-ready";
}
