using System.Globalization;
using System.Net;
using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Peers;

/// <summary>A network: the addresses whose first bits are these.</summary>
internal readonly record struct AddressPrefix
{
    private readonly TransportAddress _network;
    private readonly int _bits;

    private AddressPrefix(TransportAddress network, int bits)
    {
        _network = network;
        _bits = bits;
    }

    public static AddressPrefix From(IPNetwork network) =>
        new(TransportAddress.From(network.BaseAddress, 0), network.PrefixLength);

    /// <param name="text">Address, slash and number of bits. An IPv4-mapped network stays one of IPv6.</param>
    public static AddressPrefix Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = IPAddress.Parse(text.AsSpan(0, slash));
        var bits = int.Parse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return new AddressPrefix(
            address.IsIPv4MappedToIPv6 ? TransportAddress.FromIPv6(address.GetAddressBytes(), 0) : TransportAddress.From(address, 0), bits);
    }

    public bool Contains(TransportAddress address)
    {
        if (address.IsIPv6 != _network.IsIPv6)
        {
            return false;
        }

        Span<byte> ours = stackalloc byte[16];
        Span<byte> theirs = stackalloc byte[16];
        _network.WriteAddress(ours);
        address.WriteAddress(theirs);
        var whole = _bits / 8;
        var rest = _bits % 8;
        return ours[..whole].SequenceEqual(theirs[..whole])
            && (rest == 0 || ((ours[whole] ^ theirs[whole]) >> (8 - rest)) == 0);
    }
}
