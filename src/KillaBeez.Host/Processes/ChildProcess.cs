using System.Diagnostics;

namespace KillaBeez.Cli.Processes;

/// <summary>
/// A process of this program that this process owns: its lines go to a callback, its end to another, and
/// disposing it leaves nothing running.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MaxErrorLines = 20;

    private static readonly TimeSpan _gracePeriod = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly Queue<string> _errorLines = new();
    private readonly Task _ended;
    private bool _disposed;

    private ChildProcess(Process process, Action<string> onLine, Action<ChildProcess> onExit)
    {
        _process = process;
        _ended = ReadAsync(onLine, onExit);
    }

    /// <summary>The exit code; only after the process has ended.</summary>
    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    /// <summary>The last lines that the process wrote to standard error.</summary>
    public string ErrorText
    {
        get
        {
            lock (_errorLines)
            {
                return string.Join(Environment.NewLine, _errorLines);
            }
        }
    }

    /// <summary>Starts the process. The callbacks run on thread-pool threads, the lines one after the other, the exit last.</summary>
    public static ChildProcess Start(IEnumerable<string> arguments, Action<string> onLine, Action<ChildProcess> onExit)
    {
        var process = new Process { StartInfo = SelfProcess.StartInfo(arguments) };
        try
        {
            process.Start();
        }
        catch
        {
            process.Dispose();
            throw;
        }

        return new ChildProcess(process, onLine, onExit);
    }

    /// <summary>Writes a line to the process's standard input; a process that has ended does not get it.</summary>
    public void Send(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The pipe is broken because the process is gone; its exit callback says so.
        }
    }

    /// <summary>Closes the process's standard input, which asks it to stop.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Unsent lines have nobody to go to.
        }
    }

    /// <summary>Ends the process at once (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        TryKill();
        await _ended.ConfigureAwait(false);
    }

    /// <summary>Asks the process to stop, and kills it if it does not soon.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        CloseInput();
        try
        {
            await _ended.WaitAsync(_gracePeriod).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await KillAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private void TryKill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private async Task ReadAsync(Action<string> onLine, Action<ChildProcess> onExit)
    {
        var errors = ReadErrorsAsync();
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            onLine(line);
        }

        await errors.ConfigureAwait(false);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        onExit(this);
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_errorLines)
            {
                _errorLines.Enqueue(line);
                if (_errorLines.Count > MaxErrorLines)
                {
                    _errorLines.Dequeue();
                }
            }
        }
    }
}
