using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class LocalAddressesTests
{
    [Fact]
    public void Enumerate_Loopback_OnlyWhereAllowedOrAlone()
    {
        var strict = LocalAddresses.Enumerate(allowLoopback: false);
        var all = LocalAddresses.Enumerate(allowLoopback: true);

        Assert.Contains(IPAddress.Loopback, all);
        Assert.True(strict.TrueForAll(IPAddress.IsLoopback) || !strict.Exists(IPAddress.IsLoopback));
    }

    [Fact]
    public void Enumerate_EveryAddress_CanBeBound()
    {
        foreach (var address in LocalAddresses.Enumerate(allowLoopback: true))
        {
            using var socket = DatagramSocket.Bind(address, 0);
            Assert.Equal(address, socket.LocalAddress.Address);
            Assert.False(address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv6LinkLocal);
        }
    }
}
