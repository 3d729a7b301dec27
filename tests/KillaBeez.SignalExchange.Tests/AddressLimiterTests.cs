using System.Net;
using KillaBeez.SignalExchange.Connections;

namespace KillaBeez.SignalExchange.Tests;

public class AddressLimiterTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void NetworkOf_Address_IsTheHostOrItsSlash64(string address, string expected) =>
        Assert.Equal(IPAddress.Parse(expected), AddressLimiter.NetworkOf(IPAddress.Parse(address)));

    [Fact]
    public void TryEnter_MoreThanAllowed_IsRefusedUntilOneLeaves()
    {
        var limiter = new AddressLimiter(2);
        var address = IPAddress.Parse("2001:db8::1");
        var neighbor = IPAddress.Parse("2001:db8::2");
        Assert.True(limiter.TryEnter(address));
        Assert.True(limiter.TryEnter(neighbor));
        Assert.False(limiter.TryEnter(address));
        Assert.True(limiter.TryEnter(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.True(limiter.TryEnter(null));

        limiter.Leave(neighbor);
        Assert.True(limiter.TryEnter(address));
    }
}
