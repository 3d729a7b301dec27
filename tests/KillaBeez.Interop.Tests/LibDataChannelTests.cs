using KillaBeez.Interop.Tests.Agents;

namespace KillaBeez.Interop.Tests;

public sealed class LibDataChannelTests(LibDataChannelTests.Fixture peer) : PeerTests(peer), IClassFixture<LibDataChannelTests.Fixture>
{
    public sealed class Fixture : PeerFixture
    {
        public override string Name => "libdatachannel";

        internal override Task<PeerAgent> StartAsync() => StartNodeAsync("libdatachannel.mjs");
    }
}
