using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace KillaBeez.WebRtc;

/// <summary>
/// An IP address, a port and the transport protocol it belongs to (RFC 8445, section 4) as a value: engines compare,
/// hash and copy it without allocating. UDP unless <see cref="AsTcp"/> says otherwise. IPv4-mapped IPv6 addresses are
/// stored as IPv4, so one peer has one form.
/// </summary>
internal readonly record struct TransportAddress
{
    private readonly UInt128 _address;

    private TransportAddress(UInt128 address, bool isIPv6, ushort port, uint scopeId)
    {
        _address = address;
        IsIPv6 = isIPv6;
        Port = port;
        ScopeId = scopeId;
    }

    public bool IsIPv6 { get; }

    public AddressFamily Family => IsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    /// <summary>Whether the port is one of TCP; the same number of UDP is another address.</summary>
    public bool IsTcp { get; private init; }

    public ushort Port { get; private init; }

    /// <summary>The interface of a link-local IPv6 address; kept locally, never signalled.</summary>
    public uint ScopeId { get; private init; }

    /// <summary>The address' length on the wire: 4 or 16 bytes.</summary>
    public int AddressBytes => IsIPv6 ? 16 : 4;

    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            var written = WriteAddress(bytes);
            return IsIPv6 ? new IPAddress(bytes[..written], ScopeId) : new IPAddress(bytes[..written]);
        }
    }

    public static TransportAddress From(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? FromIPv6(bytes[..written], (ushort)port, (uint)address.ScopeId)
            : FromIPv4(bytes[..written], (ushort)port);
    }

    public static TransportAddress From(IPEndPoint endPoint) => From(endPoint.Address, endPoint.Port);

    /// <param name="address">4 bytes in network order.</param>
    /// <param name="port">0..65535.</param>
    public static TransportAddress FromIPv4(ReadOnlySpan<byte> address, ushort port) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(address), false, port, 0);

    /// <param name="address">16 bytes in network order.</param>
    /// <param name="port">0..65535.</param>
    /// <param name="scopeId">The interface of a link-local address, else 0.</param>
    public static TransportAddress FromIPv6(ReadOnlySpan<byte> address, ushort port, uint scopeId = 0) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(address), true, port, scopeId);

    /// <summary>Writes the address in network order; returns <see cref="AddressBytes"/>.</summary>
    public int WriteAddress(Span<byte> destination)
    {
        if (IsIPv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination, _address);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_address);
        }

        return AddressBytes;
    }

    /// <summary>The TCP port of the same number.</summary>
    public TransportAddress AsTcp() => this with { IsTcp = true };

    /// <summary>The UDP port of the same number.</summary>
    public TransportAddress AsUdp() => this with { IsTcp = false };

    public TransportAddress WithPort(ushort port) => this with { Port = port };

    /// <summary>Another interface for a link-local address.</summary>
    public TransportAddress WithScope(uint scopeId) => this with { ScopeId = scopeId };

    public IPEndPoint ToIPEndPoint() => new(Address, Port);

    public override string ToString() => IsTcp ? $"tcp:{ToIPEndPoint()}" : ToIPEndPoint().ToString();
}
