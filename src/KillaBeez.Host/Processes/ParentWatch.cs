namespace KillaBeez.Cli.Processes;

/// <summary>
/// Ties the life of a child process to its parent's: the parent holds the other end of the child's standard
/// input, and the system closes it however the parent ends, kill -9 included.
/// </summary>
internal sealed class ParentWatch : IDisposable
{
    /// <summary>An orphan that has not ended by itself after this long ends anyway.</summary>
    private static readonly TimeSpan _orphanTimeout = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _ended;
    private Timer? _orphanTimer;

    private ParentWatch(CancellationTokenSource ended) => _ended = ended;

    /// <summary>Cancelled by the caller's token, and by the end of the input where it is watched.</summary>
    public CancellationToken Token => _ended.Token;

    /// <summary>Starts watching where <paramref name="isChild"/>; each line of the input goes to <paramref name="onLine"/>, on one thread.</summary>
    public static ParentWatch Start(bool isChild, TextReader input, Action<string> onLine, CancellationToken cancellationToken)
    {
        var watch = new ParentWatch(CancellationTokenSource.CreateLinkedTokenSource(cancellationToken));
        if (isChild)
        {
            // A blocking read of standard input cannot be cancelled, so it has a background thread of its own,
            // which does not keep the process alive.
            new Thread(() => watch.ReadToEnd(input, onLine)) { IsBackground = true, Name = "parent-watch" }.Start();
        }

        return watch;
    }

    /// <summary>Stops telling the command; an orphan still ends in time.</summary>
    public void Dispose() => _ended.Dispose();

    private void ReadToEnd(TextReader input, Action<string> onLine)
    {
        while (input.ReadLine() is { } line)
        {
            onLine(line);
        }

        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command ended before its input did.
        }

        // Nobody is left who could kill a child that hangs while it stops. The timer is held so that it fires.
        _orphanTimer = new Timer(static _ => Environment.Exit(Commands.CommandLine.Failure), null, _orphanTimeout, Timeout.InfiniteTimeSpan);
    }
}
