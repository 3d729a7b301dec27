using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// sockaddr_in and sockaddr_in6. Only the first two bytes differ between platforms (the BSDs keep a length there);
/// port, address and scope lie at the same offsets everywhere.
/// <code>
/// sockaddr_in   |family(2)|port(2)|address(4)|zero(8)|
/// sockaddr_in6  |family(2)|port(2)|flow(4)|address(16)|scope(4)|
/// </code>
/// </summary>
internal static class NativeAddress
{
    public const int IPv4Bytes = 16;
    public const int IPv6Bytes = 28;

    private const int PortOffset = 2;
    private const int IPv4AddressOffset = 4;
    private const int IPv6AddressOffset = 8;
    private const int IPv6ScopeOffset = 24;

    public static int SizeOf(bool isIPv6) => isIPv6 ? IPv6Bytes : IPv4Bytes;

    public static TransportAddress Read(ReadOnlySpan<byte> native, bool isIPv6)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(native[PortOffset..]);
        return isIPv6
            ? TransportAddress.FromIPv6(native.Slice(IPv6AddressOffset, 16), port, BinaryPrimitives.ReadUInt32LittleEndian(native[IPv6ScopeOffset..]))
            : TransportAddress.FromIPv4(native.Slice(IPv4AddressOffset, 4), port);
    }

    /// <summary>Writes port, address and scope; the family bytes are the caller's.</summary>
    public static void WriteBody(TransportAddress address, Span<byte> native)
    {
        BinaryPrimitives.WriteUInt16BigEndian(native[PortOffset..], address.Port);
        if (address.IsIPv6)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(native[IPv4AddressOffset..], 0);
            address.WriteAddress(native[IPv6AddressOffset..]);
            BinaryPrimitives.WriteUInt32LittleEndian(native[IPv6ScopeOffset..], address.ScopeId);
        }
        else
        {
            address.WriteAddress(native[IPv4AddressOffset..]);
        }
    }

    /// <summary>A SocketAddress of the platform's own form, to be filled by <see cref="WriteBody"/>.</summary>
    public static SocketAddress CreateTemplate(bool isIPv6) => isIPv6
        ? new IPEndPoint(IPAddress.IPv6Any, 0).Serialize()
        : new IPEndPoint(IPAddress.Any, 0).Serialize();

    public static bool IsIPv6(Socket socket) => socket.AddressFamily == AddressFamily.InterNetworkV6;
}
