using KillaBeez.Interop.Tests.Agents;

namespace KillaBeez.Interop.Tests;

public sealed class WrtcTests(WrtcTests.Fixture peer) : PeerTests(peer), IClassFixture<WrtcTests.Fixture>
{
    public sealed class Fixture : PeerFixture
    {
        public override string Name => "@roamhq/wrtc";

        internal override Task<PeerAgent> StartAsync() => StartNodeAsync("wrtc.mjs");
    }
}
