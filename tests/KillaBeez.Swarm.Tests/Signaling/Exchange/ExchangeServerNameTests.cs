using KillaBeez.Swarm.Signaling.Exchange;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

public class ExchangeServerNameTests
{
    [Theory]
    [InlineData("wss://Exchange.Example/path", "exchange.example")]
    [InlineData("wss://exchange.example:443/", "exchange.example")]
    [InlineData("wss://exchange.example:8443/", "exchange.example:8443")]
    [InlineData("ws://127.0.0.1:5000", "127.0.0.1:5000")]
    [InlineData("ws://localhost:80", "localhost")]
    [InlineData("ws://localhost:443", "localhost:443")]
    [InlineData("ws://[::1]:5000/", "[::1]:5000")]
    [InlineData("wss://[::1]/", "[::1]")]
    [InlineData("wss://bücher.example/", "xn--bcher-kva.example")]
    public void FromUri_DialedAddress_GivesTheName(string uri, string expected) =>
        Assert.Equal(expected, ExchangeServerName.FromUri(new Uri(uri)));

    [Theory]
    [InlineData("Exchange.Example", true, "exchange.example")]
    [InlineData("exchange.example:443", true, "exchange.example")]
    [InlineData("exchange.example:443", false, "exchange.example:443")]
    [InlineData("exchange.example:80", false, "exchange.example")]
    [InlineData("[::1]:80", false, "[::1]")]
    [InlineData("[::80]", false, "[::80]")]
    [InlineData("::80", false, "::80")]
    public void Normalize_HostHeader_GivesTheName(string host, bool isSecure, string expected) =>
        Assert.Equal(expected, ExchangeServerName.Normalize(host, isSecure));
}
