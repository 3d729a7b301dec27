using System.Globalization;

namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// Foundations (RFC 8445, section 5.1.1.3): equal for candidates of equal type, base IP address, server IP address and
/// protocol, different otherwise. 32 bits of FNV-1a in decimal, so that equal inputs need no common memory.
/// </summary>
internal static class IceFoundation
{
    private const uint OffsetBasis = 2166136261;
    private const uint Prime = 16777619;

    /// <param name="type">The candidate's type.</param>
    /// <param name="baseAddress">Its base; the port does not count.</param>
    /// <param name="server">The STUN or TURN server it was obtained from; null for host candidates.</param>
    /// <param name="protocol">How that server was reached: candidates of one server over UDP and TCP differ.</param>
    public static string Of(
        IceCandidateType type, TransportAddress baseAddress, TransportAddress? server = null, IceRelayTransport protocol = IceRelayTransport.Udp)
    {
        var hash = (OffsetBasis ^ (uint)type) * Prime;
        hash = Add(hash, baseAddress);
        hash = baseAddress.IsTcp ? (hash ^ (uint)IceTransport.Tcp) * Prime : hash;
        hash = server is { } address ? (Add(hash, address) ^ (uint)protocol) * Prime : hash;
        return hash.ToString(CultureInfo.InvariantCulture);
    }

    private static uint Add(uint hash, TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        foreach (var b in bytes[..address.WriteAddress(bytes)])
        {
            hash = (hash ^ b) * Prime;
        }

        return hash;
    }
}
