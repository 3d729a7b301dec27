#pragma warning disable CA1822
namespace KillaBeez.WebRtc.Mdns;
internal static class MdnsLimits { public const int Port = 5353; public const int MaxQueryBytes = 512; }
internal readonly record struct MdnsEvent(string Name, TransportAddress? Address);
internal sealed class MdnsResolver(IRandomSource random)
{
    public Instant NextTimeout => Instant.Never;
    public void Resolve(Instant now, string name) => _ = (now, name, random);
    public void HandleDatagram(Instant now, ReadOnlySpan<byte> d) => _ = (now, d.Length);
    public bool TryPollTransmit(Instant now, Span<byte> d, out int written) { written = 0; return false; }
    public void HandleTimeout(Instant now) { }
    public bool TryPollEvent(out MdnsEvent e) { e = default; return false; }
}
