using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Peers;

/// <summary>
/// The server's own addresses. A client must not talk to the server, or to another service of its machine, through a
/// relay socket: it would come from a trusted place. Only relayed addresses of other allocations may be reached.
/// </summary>
internal sealed class OwnAddresses
{
    private readonly HashSet<TransportAddress> _addresses;
    private readonly HashSet<TransportAddress> _listening;
    private readonly HashSet<TransportAddress> _relays;

    /// <param name="machine">The addresses of the machine and those that the outside knows it by; ports are ignored.</param>
    /// <param name="relays">Those of them that relayed addresses have; ports are ignored.</param>
    /// <param name="listening">Where clients come in.</param>
    public OwnAddresses(IEnumerable<TransportAddress> machine, IEnumerable<TransportAddress> relays, IEnumerable<TransportAddress> listening)
    {
        _relays = [.. relays.Select(WithoutPort)];
        _listening = [.. listening.Select(a => a.AsUdp().WithScope(0))];
        _addresses = [.. machine.Select(WithoutPort), .. _relays, .. _listening.Select(WithoutPort)];
    }

    public bool IsOwn(TransportAddress peer) => _addresses.Contains(WithoutPort(peer));

    public bool IsRelay(TransportAddress peer) => _relays.Contains(WithoutPort(peer));

    public bool IsListening(TransportAddress peer) => _listening.Contains(peer);

    /// <summary>The address alone: what a permission is for (RFC 8656, section 9).</summary>
    public static TransportAddress WithoutPort(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = address.WriteAddress(bytes);
        return length == 16 ? TransportAddress.FromIPv6(bytes, 0) : TransportAddress.FromIPv4(bytes[..length], 0);
    }
}
