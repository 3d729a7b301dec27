using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

public sealed class WrtcTests(WrtcTests.Fixture peer) : BadPathTests(peer), IClassFixture<WrtcTests.Fixture>
{
    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public Task IceRestart_TransferRuns_LosesNothing(Offerer by) => RestartIceAsync(by);

    [SkippableFact]
    public Task Glare_TheyGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.They);

    public sealed class Fixture : PeerFixture
    {
        public override string Name => "@roamhq/wrtc";

        internal override Task<PeerAgent> StartAsync() => StartNodeAsync("wrtc.mjs");
    }
}
