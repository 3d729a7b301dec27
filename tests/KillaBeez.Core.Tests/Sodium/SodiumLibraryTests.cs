using KillaBeez.Sodium;

namespace KillaBeez.Tests.Sodium;

public class SodiumLibraryTests
{
    [Fact]
    public void LoadFirst_NoCandidateExists_SaysWhatToInstall()
    {
        var exception = Assert.Throws<KillaBeezException>(() => SodiumLibrary.LoadFirst(["/nowhere/libsodium.so", "libsodium-of-no-name"]));

        Assert.Equal(KillaBeezError.NativeLibraryMissing, exception.Error);
        Assert.Contains("apt install libsodium23", exception.Message, StringComparison.Ordinal);
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
    public void Candidates_Order_IsTheShippedCopyFirst()
    {
        var candidates = SodiumLibrary.Candidates("/app").ToList();
        var firstBare = candidates.FindIndex(c => !c.Contains("app", StringComparison.Ordinal));

        Assert.True(firstBare > 0);
        Assert.All(candidates.Take(firstBare), c => Assert.StartsWith("/app", c, StringComparison.Ordinal));
        Assert.All(candidates.Skip(firstBare), c => Assert.DoesNotContain("/app", c, StringComparison.Ordinal));
    }

    [Fact]
    public void EnsureLoaded_FromManyThreads_Works() => Parallel.For(0, 64, _ => SodiumLibrary.EnsureLoaded());
}
