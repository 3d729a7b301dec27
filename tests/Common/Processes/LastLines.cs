namespace KillaBeez.Tests.Processes;

/// <summary>What a process wrote last, for the message of the test that it has failed. Thread-safe.</summary>
internal sealed class LastLines
{
    private const int MaxLines = 30;

    private readonly Queue<string> _lines = new();

    public void Note(string? line)
    {
        if (string.IsNullOrEmpty(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines)
            {
                _lines.Dequeue();
            }
        }
    }

    /// <summary>A sentence to append to another; empty where nothing was written.</summary>
    public override string ToString()
    {
        lock (_lines)
        {
            return _lines.Count == 0 ? "" : $" It wrote:{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}";
        }
    }
}
