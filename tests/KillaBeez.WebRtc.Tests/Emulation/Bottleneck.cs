namespace KillaBeez.WebRtc.Tests.Emulation;

/// <summary>The link that datagrams queue for, first come first served.</summary>
internal sealed class Bottleneck
{
    /// <summary>When it has sent what waits for it now.</summary>
    public Instant FreeAt { get; set; } = Instant.Zero;
}
