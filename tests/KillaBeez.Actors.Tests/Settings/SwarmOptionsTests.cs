using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Tests.Settings;

/// <summary>Options out of their range are named before anything starts.</summary>
public sealed class SwarmOptionsTests
{
    public static TheoryData<string, SwarmOptions> Wrong => new()
    {
        { nameof(SwarmOptions.Exchanges), new SwarmOptions { Exchanges = { new Uri("http://127.0.0.1:6688") } } },
        { nameof(SwarmOptions.Exchanges), new SwarmOptions { Exchanges = { new Uri("relative", UriKind.Relative) } } },
        { nameof(SwarmOptions.Exchanges), new SwarmOptions { Exchanges = { null! } } },
        { nameof(SwarmOptions.Exchanges), new SwarmOptions { Exchanges = null! } },
        { nameof(SwarmOptions.CallTimeout), new SwarmOptions { CallTimeout = TimeSpan.Zero } },
        { nameof(SwarmOptions.CallTimeout), new SwarmOptions { CallTimeout = TimeSpan.FromMinutes(6) } },
        { nameof(SwarmOptions.ResumeWindow), new SwarmOptions { ResumeWindow = TimeSpan.FromMilliseconds(999) } },
        { nameof(SwarmOptions.ResumeWindow), new SwarmOptions { ResumeWindow = TimeSpan.FromHours(2) } },
        { nameof(SwarmOptions.MeshDegree), new SwarmOptions { MeshDegree = -1 } },
        { nameof(SwarmOptions.MaxPeers), new SwarmOptions { MaxPeers = 0 } },
        { nameof(SwarmOptions.TcpPort), new SwarmOptions { TcpPort = 65_536 } },
        { nameof(SwarmOptions.IceServers), new SwarmOptions { IceServers = { IceServer.Create("nope") } } },
        { nameof(SwarmOptions.IceServers), new SwarmOptions { IceServers = { IceServer.Create("turn:example.org") } } },
        { nameof(SwarmOptions.IceServers), new SwarmOptions { IceServers = { null! } } },
        { nameof(SwarmOptions.RelayOnly), new SwarmOptions { RelayOnly = true, IceServers = { IceServer.Create("stun:example.org") } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task StartAsync_OptionOutOfRange_NamesIt(string option, SwarmOptions options)
    {
        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => SwarmNode.StartAsync(options));
        Assert.Equal(option, error.ParamName);
    }
}
