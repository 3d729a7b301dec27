using System.Diagnostics;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Namespaces;

/// <summary>Runs the programs that a lab is made with, for a bounded time.</summary>
internal static class LabCommand
{
    /// <summary>What the program printed.</summary>
    /// <exception cref="LabException">It failed, or took too long.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code says why.
        }

        var said = $"{program} {string.Join(' ', start.ArgumentList)}";
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience.Bound);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new LabException($"{said} took longer than {Patience.Bound.TotalSeconds:0} s");
        }

        return process.ExitCode == 0 ? await output : throw new LabException($"{said} failed: {(await error).Trim()}{(input.Length > 0 ? $"{Environment.NewLine}{input}" : "")}");
    }
}
