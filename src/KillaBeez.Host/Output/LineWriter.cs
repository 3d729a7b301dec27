using KillaBeez.Cli.Nodes;

namespace KillaBeez.Cli.Output;

/// <summary>
/// Writes what happens in a process, a line each and flushed at once, as text or as JSON. Thread-safe.
/// </summary>
internal sealed class LineWriter(TextWriter output, bool json)
{
    private readonly Lock _lock = new();

    public void Write(ProcessEvent e)
    {
        var line = json ? e.ToJson() : e.ToText();
        lock (_lock)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
