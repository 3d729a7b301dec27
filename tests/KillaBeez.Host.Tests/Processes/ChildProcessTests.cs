using System.Collections.Concurrent;
using KillaBeez.Cli.Processes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Processes;

/// <summary>With real processes of the program.</summary>
public sealed class ChildProcessTests
{
    [Fact]
    public async Task Start_ProcessThatPrintsAndEnds_GivesEveryLineAndThenTheExit()
    {
        var lines = new ConcurrentQueue<string>();
        var exit = new TaskCompletionSource<int>();

        await using var child = ChildProcess.Start(["keygen"], lines.Enqueue, process => exit.SetResult(process.ExitCode));

        Assert.Equal(0, await exit.Task.WaitAsync(Patience.Bound));
        Assert.Collection(lines, line => Assert.StartsWith("key ", line, StringComparison.Ordinal), line => Assert.StartsWith("seed ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_ProcessThatFails_KeepsWhatItSaid()
    {
        var exit = new TaskCompletionSource<int>();

        await using var child = ChildProcess.Start(["keygen", "--out", "/"], _ => { }, process => exit.SetResult(process.ExitCode));

        Assert.Equal(1, await exit.Task.WaitAsync(Patience.Bound));
        Assert.StartsWith("killabeez: / exists", child.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ToAProcessThatHasEnded_IsNoError()
    {
        var exit = new TaskCompletionSource();
        await using var child = ChildProcess.Start(["keygen"], _ => { }, _ => exit.SetResult());
        await exit.Task.WaitAsync(Patience.Bound);

        child.Send("call nobody");
        child.Send("call nobody");
    }
}
