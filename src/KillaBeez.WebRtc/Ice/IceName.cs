namespace KillaBeez.WebRtc.Ice;

/// <summary>A name behind which the peer hides an address, and what is known about it.</summary>
internal sealed class IceName(string name, Instant askedAt)
{
    private const string Suffix = ".local";

    public string Name { get; } = name;

    /// <summary>When the owner was asked to look it up.</summary>
    public Instant AskedAt { get; } = askedAt;

    /// <summary>The lookup has ended, with or without an address.</summary>
    public bool IsDone { get; set; }

    /// <summary>The result; its port means nothing.</summary>
    public TransportAddress? Address { get; set; }

    /// <summary>
    /// Whether a name is a UUID in ".local", as browsers make them. Any other name could be a query that somebody wants
    /// to see on our network.
    /// </summary>
    public static bool IsResolvable(string name) =>
        name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && Guid.TryParseExact(name.AsSpan(0, name.Length - Suffix.Length), "D", out _);

    public bool Is(string other) => Name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
