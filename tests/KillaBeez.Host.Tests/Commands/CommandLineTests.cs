using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(args, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        var (exitCode, output, _) = await RunAsync("--version");

        Assert.Equal(0, exitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    public static TheoryData<string> Commands => [.. CommandLine.Create().Subcommands.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_EveryCommand_SaysWhatItDoesAndHidesWhatIsInternal(string command)
    {
        var (exitCode, output, _) = await RunAsync(command, "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("--child", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_Bench_NamesTheScriptablePeer()
    {
        var (exitCode, output, _) = await RunAsync("bench", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("agent", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownCommand_FailsAndSaysSo()
    {
        var (exitCode, _, error) = await RunAsync("fly");

        Assert.Equal(1, exitCode);
        Assert.Contains("fly", error, StringComparison.Ordinal);
    }
}
