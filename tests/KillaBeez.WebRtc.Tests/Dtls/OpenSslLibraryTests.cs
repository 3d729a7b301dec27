using KillaBeez.WebRtc.Dtls.OpenSsl;

namespace KillaBeez.WebRtc.Tests.Dtls;

public sealed class OpenSslLibraryTests
{
    [Fact]
    public void LoadFirst_NothingThere_SaysWhatToInstall()
    {
        var tried = new List<string>();
        var error = Assert.Throws<KillaBeezException>(() => OpenSslLibrary.LoadFirst(
            OpenSslLibrary.CandidateNames("ssl"),
            (string name, out nint handle) =>
            {
                tried.Add(name);
                handle = 0;
                return false;
            }));

        Assert.Equal(KillaBeezError.NativeLibraryMissing, error.Error);
        Assert.Contains("install", error.Message);
        Assert.StartsWith(AppContext.BaseDirectory, tried[0]);
        Assert.Contains(tried, name => !Path.IsPathRooted(name));
    }

    [Fact]
    public void EnsureLoaded_CalledTwice_Succeeds()
    {
        OpenSslLibrary.EnsureLoaded();
        OpenSslLibrary.EnsureLoaded();
    }
}
