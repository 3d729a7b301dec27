using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

public sealed class WeriftTests(WeriftTests.Fixture peer) : BadPathTests(peer), IClassFixture<WeriftTests.Fixture>
{
    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public Task IceRestart_TransferRuns_LosesNothing(Offerer by) => RestartIceAsync(by);

    [SkippableFact]
    public Task Glare_TheyGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.They);

    public sealed class Fixture : PeerFixture
    {
        public override string Name => "werift";

        internal override string? NotApplicable(ChannelKind kind, bool isTheirs, int size) =>
            size == 0 ? "it sends nothing for an empty message, so none comes back"
            : isTheirs && kind is { Ordered: false, MaxRetransmits: not null } ? "it announces a channel that is unordered and partially reliable as ordered"
            : null;

        internal override string? SilentClose => "it closes a connection without ABORT and close_notify; we notice that it is silent, and give up when consent expires, after 30 s";

        internal override Task<PeerAgent> StartAsync() => StartNodeAsync("werift.mjs");
    }
}
