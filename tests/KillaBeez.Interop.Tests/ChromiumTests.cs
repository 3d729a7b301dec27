using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Install;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

/// <summary>Chromium as it comes: its host candidates hide the addresses behind mDNS names.</summary>
public sealed class ChromiumTests(ChromiumTests.Fixture peer) : BadPathTests(peer), IClassFixture<ChromiumTests.Fixture>
{
    internal const string Program = "/usr/bin/chromium";

    internal static async Task<string> InstallAsync()
    {
        await DebianPackages.EnsureAsync(Program, "chromium");
        return Program;
    }

    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public Task IceRestart_TransferRuns_LosesNothing(Offerer by) => RestartIceAsync(by);

    [SkippableFact]
    public Task Glare_TheyGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.They);

    public sealed class Fixture : PeerFixture
    {
        public override string Name => "Chromium, mDNS names";

        internal override async Task<PeerAgent> StartAsync() => await StartNodeAsync("chromium.mjs", await InstallAsync());
    }
}
