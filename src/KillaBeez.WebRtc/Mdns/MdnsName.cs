namespace KillaBeez.WebRtc.Mdns;

/// <summary>The names behind which browsers hide host addresses.</summary>
internal static class MdnsName
{
    /// <summary>A UUID with hyphens and ".local".</summary>
    public const int Chars = 42;

    private const int UuidChars = 36;
    private const string Suffix = ".local";

    /// <summary>
    /// Whether a name is a UUID in ".local". Any other name could be a question that somebody wants to see asked on our
    /// network.
    /// </summary>
    public static bool IsResolvable(ReadOnlySpan<char> name) =>
        name.Length == Chars
        && name[UuidChars..].Equals(Suffix, StringComparison.OrdinalIgnoreCase)
        && Guid.TryParseExact(name[..UuidChars], "D", out _);
}
