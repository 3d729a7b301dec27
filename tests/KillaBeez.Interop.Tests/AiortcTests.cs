using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Install;

namespace KillaBeez.Interop.Tests;

public sealed class AiortcTests(AiortcTests.Fixture peer) : PeerTests(peer), IClassFixture<AiortcTests.Fixture>
{
    public sealed class Fixture : PeerFixture
    {
        /// <summary>Debian's own, whose packages these are; another python3 may come first on PATH.</summary>
        private const string Python = "/usr/bin/python3";

        public override string Name => "aiortc";

        internal override async Task<PeerAgent> StartAsync()
        {
            await DebianPackages.EnsureAsync("/usr/lib/python3/dist-packages/aiortc", "python3-aiortc");
            return await PeerAgent.StartAsync(Python, ["-u", Path.Combine(AppContext.BaseDirectory, "Peers", "aiortc", "agent.py")]);
        }
    }
}
