using KillaBeez.Cli.Processes;

namespace KillaBeez.Cli.Tests.Processes;

public sealed class ParentWatchTests
{
    [Fact]
    public void Start_NotAChild_LeavesTheInputAlone()
    {
        using var watch = ParentWatch.Start(isChild: false, new ThrowingReader(), _ => { }, CancellationToken.None);

        Assert.False(watch.Token.IsCancellationRequested);
    }

    [Fact]
    public void Start_CallerCancels_TokenIsCancelled()
    {
        using var caller = new CancellationTokenSource();
        using var watch = ParentWatch.Start(isChild: false, TextReader.Null, _ => { }, caller.Token);

        caller.Cancel();

        Assert.True(watch.Token.IsCancellationRequested);
    }

    private sealed class ThrowingReader : TextReader
    {
        public override string? ReadLine() => throw new InvalidOperationException("A node at a terminal must not read it.");
    }
}
