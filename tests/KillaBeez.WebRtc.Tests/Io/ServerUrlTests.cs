using KillaBeez.WebRtc.Io.Gathering;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class ServerUrlTests
{
    [Theory]
    [InlineData("stun:example.org", ServerScheme.Stun, "example.org", 3478)]
    [InlineData("stun:192.0.2.1:19302", ServerScheme.Stun, "192.0.2.1", 19302)]
    [InlineData("STUN:[2001:db8::1]", ServerScheme.Stun, "2001:db8::1", 3478)]
    [InlineData("turn:example.org", ServerScheme.TurnUdp, "example.org", 3478)]
    [InlineData("turn:example.org?transport=udp", ServerScheme.TurnUdp, "example.org", 3478)]
    [InlineData("turn:[2001:db8::1]:3479?transport=TCP", ServerScheme.TurnTcp, "2001:db8::1", 3479)]
    [InlineData("turns:example.org", ServerScheme.TurnTls, "example.org", 5349)]
    [InlineData("turns:example.org:443?transport=tcp", ServerScheme.TurnTls, "example.org", 443)]
    internal void ParseAll_Url_IsRead(string url, ServerScheme scheme, string host, int port)
    {
        var server = Assert.Single(ServerUrl.ParseAll([IceServer.Create(url, "me", "secret")]));

        Assert.Equal((scheme, host, port), (server.Scheme, server.Host, server.Port));
        Assert.Equal(("me", "secret"), (server.Username, server.Credential));
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.org")]
    [InlineData("http:example.org")]
    [InlineData("stun:")]
    [InlineData("stun:example.org:0")]
    [InlineData("stun:example.org:65536")]
    [InlineData("stun:example.org:x")]
    [InlineData("stun:example.org?transport=tcp")]
    [InlineData("stuns:example.org")]
    [InlineData("stun:[2001:db8::1")]
    [InlineData("stun:[2001:db8::1]x")]
    [InlineData("stun:]")]
    [InlineData("turn:example.org?transport=quic")]
    [InlineData("turns:example.org?transport=udp")]
    [InlineData("turn:user@example.org")]
    public void ParseAll_NoServer_SaysWhatToWrite(string url)
    {
        var error = Assert.Throws<ArgumentException>(() => ServerUrl.ParseAll([IceServer.Create(url, "me", "secret")]));

        Assert.Contains($"'{url}'", error.Message);
        Assert.Contains("turn:host", error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("me", null)]
    [InlineData("", "secret")]
    public void ParseAll_TurnWithoutCredentials_IsRefused(string? username, string? credential)
    {
        var error = Assert.Throws<ArgumentException>(() => ServerUrl.ParseAll([IceServer.Create("turn:example.org", username, credential)]));

        Assert.Contains("Username", error.Message);
    }

    [Fact]
    public void ParseAll_EndlessUsername_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => ServerUrl.ParseAll([IceServer.Create("turn:example.org", new string('a', 509), "secret")]));

        Assert.Contains("508", error.Message);
    }

    [Fact]
    public void ToString_Credentials_AreLeftOut()
    {
        var server = IceServer.Create("turn:example.org", "me", "secret");

        Assert.DoesNotContain("secret", server.ToString());
        Assert.DoesNotContain("secret", Assert.Single(ServerUrl.ParseAll([server])).ToString());
    }

    [Fact]
    public async Task Start_BadServer_IsRefusedBeforeAnythingIsOpened()
    {
        Assert.Throws<ArgumentException>(() => RtcEndpoint.Start(new RtcEndpointOptions { IceServers = [IceServer.Create("nowhere")] }));
        await using var endpoint = RtcEndpoint.Start();
        Assert.Throws<ArgumentException>(() => endpoint.SetIceServers([IceServer.Create("turn:example.org")]));
    }
}
