namespace KillaBeez.WebRtc.Ice;

/// <summary>A name behind which the peer hides an address, and what is known about it.</summary>
internal sealed class IceName(string name, Instant askedAt)
{
    public string Name { get; } = name;

    /// <summary>When the owner was asked to look it up.</summary>
    public Instant AskedAt { get; } = askedAt;

    /// <summary>The lookup has ended, with or without an address.</summary>
    public bool IsDone { get; set; }

    /// <summary>The result; its port means nothing.</summary>
    public TransportAddress? Address { get; set; }

    public bool Is(string other) => Name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
