using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Tests.Commands;

public sealed class KeygenCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("killabeez-keygen");

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(["keygen", .. args], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Out_NewFile_IsPrivateAndHoldsThePrintedKey()
    {
        var path = Path.Combine(_folder.FullName, "node.key");

        var (exitCode, output, _) = await RunAsync("--out", path);

        Assert.Equal(0, exitCode);
        using var pair = KeyFile.Load(path);
        Assert.Equal(pair.Id, PeerId.Parse(output.Trim()));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task Out_ExistingFile_IsLeftAlone()
    {
        var path = Path.Combine(_folder.FullName, "node.key");
        await File.WriteAllTextAsync(path, "precious");

        var (exitCode, output, error) = await RunAsync("--out", path);

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains("is not overwritten", error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Out_FolderThatIsNotThere_IsOneClearError()
    {
        var (exitCode, _, error) = await RunAsync("--out", Path.Combine(_folder.FullName, "no", "node.key"));

        Assert.Equal(1, exitCode);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task WithoutOut_ShowsAPairThatBelongsTogether()
    {
        var (exitCode, output, _) = await RunAsync();

        Assert.Equal(0, exitCode);
        var lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        using var pair = KeyPair.FromSeed(Convert.FromHexString(lines[1]["seed ".Length..]));
        Assert.Equal($"key  {pair.Id}", lines[0]);
    }
}
