using KillaBeez.Interop.Tests.Agents;

namespace KillaBeez.Interop.Tests;

public sealed class WeriftTests(WeriftTests.Fixture peer) : PeerTests(peer), IClassFixture<WeriftTests.Fixture>
{
    public sealed class Fixture : PeerFixture
    {
        public override string Name => "werift";

        internal override Task<PeerAgent> StartAsync() => StartNodeAsync("werift.mjs");
    }
}
