using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

public sealed class LibDataChannelTests(LibDataChannelTests.Fixture peer) : BadPathTests(peer), IClassFixture<LibDataChannelTests.Fixture>
{
    [SkippableFact]
    public Task IceRestart_PeerRefusesTheOffer_TransferGoesOnOnceItIsTakenBack() => TakeIceRestartBackAsync();

    [SkippableFact]
    public Task Glare_TheyGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.They);

    public sealed class Fixture : PeerFixture
    {
        public override string Name => "libdatachannel";

        internal override IReadOnlyList<(string Column, int Cells, string Reason)> NotApplicableAtAll =>
            [(InteropTable.IceRestart, 1, "it has no ICE restart (libjuice issue 130); it refuses our offer, we take it back, and the transfer goes on")];

        internal override Task<PeerAgent> StartAsync() => StartNodeAsync(mayMeetUsTooEarly: true, "libdatachannel.mjs");
    }
}
