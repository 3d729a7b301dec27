using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Install;
using KillaBeez.Interop.Tests.Matrix;
using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests;

public sealed class PionTests(PionTests.Fixture peer) : BadPathTests(peer), IClassFixture<PionTests.Fixture>
{
    [SkippableTheory]
    [InlineData(Offerer.We)]
    [InlineData(Offerer.They)]
    public Task IceRestart_TransferRuns_LosesNothing(Offerer by) => RestartIceAsync(by);

    public sealed class Fixture : PeerFixture
    {
        private const string Package = "golang-github-pion-webrtc.v3-dev";
        private const string Sources = "/usr/share/gocode";

        public override string Name => "pion";

        internal override IReadOnlyList<(string Column, int Cells, string Reason)> NotApplicableAtAll =>
            [(InteropTable.Glare, 1, "it cannot take its offer back (version 3 has the word and refuses it)")];

        internal override int? LargestMessage => 65_535;

        internal override string? NotApplicable(ChannelKind kind, bool isTheirs, int size) =>
            size > LargestMessage ? "it reads into a buffer of 65,535 bytes, and a larger message ends the channel" : null;

        internal override async Task<PeerAgent> StartAsync()
        {
            await DebianPackages.EnsureAsync(Path.Combine(Sources, "src/github.com/pion/webrtc/go.mod"), Package);
            await DebianPackages.EnsureAsync("/usr/bin/go", "golang-go");
            var version = (await Tool.RunAsync("dpkg-query", ["-W", "-f=${Version}", Package], Patience.Bound)).Trim();
            var program = Path.Combine(AppContext.BaseDirectory, "Peers", "pion");
            string[] files = [Path.Combine(program, "main.go"), Path.Combine(program, "go.mod")];
            var built = await Cache.GetAsync($"pion-{version}", files, folder => BuildAsync(files, folder));
            return await PeerAgent.StartAsync(Path.Combine(built, "agent"), [version]);
        }

        /// <summary>
        /// Debian's sources are for builds without modules, where a path such as webrtc/v3 is only understood in a
        /// package that lies in a GOPATH and has a go.mod.
        /// </summary>
        private static async Task BuildAsync(string[] files, string folder)
        {
            var source = Directory.CreateDirectory(Path.Combine(folder, "src", "peer")).FullName;
            foreach (var file in files)
            {
                File.Copy(file, Path.Combine(source, Path.GetFileName(file)));
            }

            var environment = new Dictionary<string, string>
            {
                ["GO111MODULE"] = "off",
                ["GOPATH"] = folder + Path.PathSeparator + Sources,
                ["GOCACHE"] = Path.Combine(folder, "build"),
            };
            await Tool.RunAsync("go", ["build", "-o", Path.Combine(folder, "agent"), "peer"], Patience.ForMuch, source, environment);
        }
    }
}
