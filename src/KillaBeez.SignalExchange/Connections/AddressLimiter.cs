using System.Net;
using System.Net.Sockets;

namespace KillaBeez.SignalExchange.Connections;

/// <summary>
/// Counts sockets per address. IPv6 hosts own a whole /64, so those count as one. Thread-safe; its memory is bounded by
/// the number of sockets.
/// </summary>
internal sealed class AddressLimiter(int maximumPerAddress)
{
    private const int Ipv6NetworkBytes = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _counts = [];

    /// <summary>How many addresses have sockets.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _counts.Count;
            }
        }
    }

    /// <summary>Takes a place for a socket; false where the address has used all of its.</summary>
    public bool TryEnter(IPAddress? address)
    {
        var network = NetworkOf(address);
        lock (_gate)
        {
            var count = _counts.GetValueOrDefault(network);
            if (count >= maximumPerAddress)
            {
                return false;
            }

            _counts[network] = count + 1;
            return true;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Leave(IPAddress? address)
    {
        var network = NetworkOf(address);
        lock (_gate)
        {
            var left = _counts[network] - 1;
            if (left == 0)
            {
                _counts.Remove(network);
            }
            else
            {
                _counts[network] = left;
            }
        }
    }

    internal static IPAddress NetworkOf(IPAddress? address)
    {
        // Without an address (a Unix socket, a test server) all count as one.
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(Ipv6NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
