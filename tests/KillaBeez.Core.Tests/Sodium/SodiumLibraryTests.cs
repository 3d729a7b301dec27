using System.Diagnostics;
using KillaBeez.Sodium;
using SodiumCore = Sodium.SodiumCore;

namespace KillaBeez.Tests.Sodium;

public class SodiumLibraryTests
{
    private static string PackagedLibrary => SodiumLibrary.Candidates(AppContext.BaseDirectory).First(File.Exists);

    [Fact]
    public void LoadFirst_NoCandidateExists_SaysWhatToDo()
    {
        var exception = Assert.Throws<KillaBeezException>(() => SodiumLibrary.LoadFirst(["/nowhere/libsodium.so", "libsodium-of-no-name"]));

        Assert.Equal(KillaBeezError.NativeLibraryMissing, exception.Error);
        Assert.Contains("comes with the NuGet package Sodium.Core", exception.Message, StringComparison.Ordinal);
        Assert.Contains("deploy all files", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadFirst_FileThatIsNoLibrary_GoesOnToTheNext()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "no library");
            Assert.Throws<KillaBeezException>(() => SodiumLibrary.LoadFirst([file]));
            Assert.NotEqual(0, SodiumLibrary.LoadFirst([file, .. SodiumLibrary.Candidates(AppContext.BaseDirectory)]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void LoadFirst_AnotherRelease_IsPassedOverAndNamed()
    {
        var exception = Assert.Throws<KillaBeezException>(() => SodiumLibrary.LoadFirst([PackagedLibrary], release: "1.0.17"));

        Assert.Contains("libsodium 1.0.17 was not found", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{PackagedLibrary} is libsodium {SodiumLibrary.Release}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadFirst_AnotherLibrary_IsPassedOverAndNamed()
    {
        // A native library that is surely there and is not libsodium: the runtime's own.
        var runtime = Path.Combine(
            Path.GetDirectoryName(typeof(object).Assembly.Location)!,
            OperatingSystem.IsWindows() ? "System.IO.Compression.Native.dll" : OperatingSystem.IsMacOS() ? "libSystem.Native.dylib" : "libSystem.Native.so");

        var exception = Assert.Throws<KillaBeezException>(() => SodiumLibrary.LoadFirst([runtime]));

        Assert.Contains($"{runtime} is no libsodium", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadFirst_BareName_IsThePackagesFileWhereTheHostKnowsIt() =>
        Assert.Equal(SodiumLibrary.LoadFirst([PackagedLibrary]), SodiumLibrary.LoadFirst([SodiumLibrary.ImportName]));

    [Fact]
    public void Candidates_Order_IsTheShippedCopyFirst()
    {
        var candidates = SodiumLibrary.Candidates("/app").ToList();
        var firstBare = candidates.FindIndex(c => !c.Contains("app", StringComparison.Ordinal));

        Assert.True(firstBare > 0);
        Assert.All(candidates.Take(firstBare), c => Assert.StartsWith("/app", c, StringComparison.Ordinal));
        Assert.All(candidates.Skip(firstBare), c => Assert.DoesNotContain("/app", c, StringComparison.Ordinal));
        Assert.Equal(SodiumLibrary.ImportName, candidates[firstBare]);
    }

    [Fact]
    public void EnsureLoaded_FromManyThreads_Works() => Parallel.For(0, 64, _ => SodiumLibrary.EnsureLoaded());

    [SkippableFact]
    public void Process_HasOneLibsodium_ThePackages()
    {
        Skip.If(OperatingSystem.IsMacOS(), "macOS does not list the libraries of a process");
        using var pair = KeyPair.Generate();
        pair.Sign(SignaturePurpose.Signal, "signed through Sodium.Core"u8, new byte[KeyPair.SignatureBytes]);
        Blake2b.Hash("hashed through the binding"u8, new byte[32]);

        using var process = Process.GetCurrentProcess();
        var loaded = process.Modules.Cast<ProcessModule>()
            .Select(module => module.FileName)
            .Where(file => Path.GetFileName(file).StartsWith("libsodium", StringComparison.Ordinal))
            .Distinct();

        Assert.Equal(PackagedLibrary, Assert.Single(loaded));
        Assert.StartsWith(AppContext.BaseDirectory, PackagedLibrary, StringComparison.Ordinal);
        Assert.Equal("1.0.22", SodiumCore.SodiumVersionString());
    }
}
