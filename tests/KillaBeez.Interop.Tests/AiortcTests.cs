using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Install;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

public sealed class AiortcTests(AiortcTests.Fixture peer) : BadPathTests(peer), IClassFixture<AiortcTests.Fixture>
{
    /// <summary>Its answer has the credentials it had before, and it goes on checking with our old ones.</summary>
    [SkippableFact]
    public Task IceRestart_PeerKeepsItsCredentials_LosesNothing() => RestartIceAsync(Offerer.We);

    public sealed class Fixture : PeerFixture
    {
        /// <summary>Debian's own, whose packages these are; another python3 may come first on PATH.</summary>
        private const string Python = "/usr/bin/python3";

        public override string Name => "aiortc";

        internal override IReadOnlyList<(string Column, int Cells, string Reason)> NotApplicableAtAll =>
        [
            (InteropTable.IceRestart, 1, "it has no ICE restart; it takes ours, and keeps its own credentials"),
            (InteropTable.Glare, 1, "it cannot take its offer back"),
        ];

        internal override async Task<PeerAgent> StartAsync()
        {
            await DebianPackages.EnsureAsync("/usr/lib/python3/dist-packages/aiortc", "python3-aiortc");
            return await PeerAgent.StartAsync(Python, ["-u", Path.Combine(AppContext.BaseDirectory, "Peers", "aiortc", "agent.py")]);
        }
    }
}
