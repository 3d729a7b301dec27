using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using KillaBeez.Tests;
using KillaBeez.Tests.Processes;

namespace KillaBeez.Hosting.Tests.Examples;

/// <summary>examples/akka-service as a process of its own, and what it logs.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly LastLines _last = new();

    private ServiceProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) =>
        {
            _last.Note(e.Data);
            if (e.Data is null)
            {
                _lines.Writer.TryComplete();
            }
            else
            {
                _lines.Writer.TryWrite(e.Data);
            }
        };
        process.ErrorDataReceived += (_, e) => _last.Note(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Starts the program that was built with the tests.</summary>
    public static ServiceProcess Start(params IEnumerable<string> arguments)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (here.Name, here.Parent!.Name);
        var root = here;
        while (!File.Exists(Path.Combine(root.FullName, "KillaBeez.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
        }

        var program = Path.Combine(root.FullName, "examples", "akka-service", "bin", configuration, framework, "KillaBeez.Examples.AkkaService.dll");
        return new ServiceProcess(Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
    }

    /// <summary>Reads on until a line has a match, which is given.</summary>
    public async Task<Match> UntilAsync(Regex line, Action<string>? onLine = null)
    {
        using var limit = new CancellationTokenSource(Patience.Bound);
        try
        {
            await foreach (var text in _lines.Reader.ReadAllAsync(limit.Token))
            {
                onLine?.Invoke(text);
                if (line.Match(text) is { Success: true } match)
                {
                    return match;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        throw new InvalidOperationException($"No line was like '{line}'.{_last}");
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience.Bound);
        return _process.ExitCode;
    }

    /// <summary>As kill -9 does: no goodbye is said.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
