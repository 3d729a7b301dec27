using System.Diagnostics;

namespace KillaBeez.Tests.Processes;

/// <summary>The end of processes that end with their standard input.</summary>
internal static class ProcessEnding
{
    /// <summary>Closes the input, kills what does not end by itself, and disposes.</summary>
    public static async Task EndAsync(this Process process)
    {
        try
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Patience.BeforeKilling);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().WaitAsync(Patience.Bound);
        }
        finally
        {
            process.Dispose();
        }
    }
}
