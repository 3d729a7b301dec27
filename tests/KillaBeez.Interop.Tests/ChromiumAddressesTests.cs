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
        private const string SeenByRelay = "behind a relay either side is told one address, so it is the same as with mDNS names";

        public override string Name => "Chromium, addresses";

        internal override IReadOnlyList<(string Column, int Cells, string Reason)> NotApplicableAtAll =>
        [
            (InteropTable.Lossy, 1, SeenByRelay),
            (InteropTable.Disorder, 1, SeenByRelay),
        ];

        internal override async Task<PeerAgent> StartAsync() =>
            await StartNodeAsync("chromium.mjs", await ChromiumTests.InstallAsync(), "--disable-features=WebRtcHideLocalIpsWithMdns");
    }
}
