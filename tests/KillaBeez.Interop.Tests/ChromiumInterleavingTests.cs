using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

/// <summary>Chromium with I-DATA (RFC 8260), which it knows but offers only when it is told to.</summary>
public sealed class ChromiumInterleavingTests(ChromiumInterleavingTests.Fixture peer) : BadPathTests(peer), IClassFixture<ChromiumInterleavingTests.Fixture>
{
    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public Task IceRestart_TransferRuns_LosesNothing(Offerer by) => RestartIceAsync(by);

    [SkippableFact]
    public Task Glare_TheyGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.They);

    /// <summary>Without this the rest would pass with DATA as well.</summary>
    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public async Task Association_BothListInterleaving_UsesIt(Offerer offerer)
    {
        await using var link = await PeerLink.ConnectAsync(peer.Require(), peer.Endpoint, offerer);

        Assert.True(link.Connection.Driver.Engine.Channels.Association.IsInterleaving);
    }

    public sealed class Fixture : PeerFixture
    {
        public override string Name => "Chromium, I-DATA";

        internal override async Task<PeerAgent> StartAsync() => await StartNodeAsync(
            "chromium.mjs", await ChromiumTests.InstallAsync(), "--force-fieldtrials=WebRTC-DataChannelMessageInterleaving/Enabled/");
    }
}
