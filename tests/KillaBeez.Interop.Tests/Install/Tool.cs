using System.Diagnostics;

namespace KillaBeez.Interop.Tests.Install;

/// <summary>Runs the programs that install things, for a bounded time and without input.</summary>
internal static class Tool
{
    private const int MaxShownCharacters = 2000;

    /// <summary>The path of a program, or null where PATH has none.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <exception cref="PeerMissingException">It is not there, failed or took too long.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan limit, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var path = Find(program) ?? throw new PeerMissingException($"{program} is not installed");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new PeerMissingException($"{start.FileName} {string.Join(' ', arguments)} took longer than {limit.TotalSeconds:0} s");
        }

        var said = await error;
        return process.ExitCode == 0
            ? await output
            : throw new PeerMissingException($"{program} {string.Join(' ', arguments)} failed: {said[Math.Max(0, said.Length - MaxShownCharacters)..]}");
    }
}
