using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

/// <summary>Chromium that names its addresses, as it does for pages that may use the camera.</summary>
public sealed class ChromiumAddressesTests(ChromiumAddressesTests.Fixture peer) : PeerTests(peer), IClassFixture<ChromiumAddressesTests.Fixture>
{
    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public Task IceRestart_TransferRuns_LosesNothing(Offerer by) => RestartIceAsync(by);

    [SkippableFact]
    public Task Glare_TheyGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.They);

    public sealed class Fixture : PeerFixture
    {
        public override string Name => "Chromium, addresses";

        internal override async Task<PeerAgent> StartAsync() =>
            await StartNodeAsync("chromium.mjs", await ChromiumTests.InstallAsync(), "--disable-features=WebRtcHideLocalIpsWithMdns");
    }
}
