using System.Diagnostics;
using System.Threading.Channels;
using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Examples;

/// <summary>examples/browser as a process of its own, on a port that the system chooses.</summary>
internal sealed class ExampleServer : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private ExampleServer(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
    }

    /// <summary>Where the page is.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Starts the program that was built with the tests.</summary>
    public static async Task<ExampleServer> StartAsync()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (here.Name, here.Parent!.Name);
        var example = Path.Combine(Checkout.Root, "examples", "browser");
        var program = Path.Combine(example, "bin", configuration, framework, "KillaBeez.Examples.Browser.dll");

        // The page is looked for in wwwroot of the working directory.
        var start = new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = example,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new ExampleServer(Process.Start(start)!);
        try
        {
            server._process.BeginOutputReadLine();
            server._process.BeginErrorReadLine();
            var line = await server.SaysAsync(Listening);
            server.Url = line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Trim();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next line that contains a text.</summary>
    public async Task<string> SaysAsync(string text)
    {
        using var bound = new CancellationTokenSource(Patience.Bound);
        var passed = new List<string>();
        try
        {
            while (true)
            {
                var line = await _lines.Reader.ReadAsync(bound.Token);
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }

                passed.Add(line);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The example did not say '{text}' but: {string.Join(Environment.NewLine, passed)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(Patience.Bound);
        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            _lines.Writer.TryWrite(line);
        }
    }
}
