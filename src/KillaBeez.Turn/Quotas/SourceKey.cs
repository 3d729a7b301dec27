using System.Buffers.Binary;
using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Quotas;

/// <summary>
/// What counts as one source: an IPv4 address, or the /64 of an IPv6 address, because whoever has one address of a /64
/// has all of them.
/// </summary>
internal readonly record struct SourceKey(ulong Prefix, bool IsIPv6)
{
    public static SourceKey Of(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.WriteAddress(bytes) == 16
            ? new SourceKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), true)
            : new SourceKey(BinaryPrimitives.ReadUInt32BigEndian(bytes), false);
    }
}
