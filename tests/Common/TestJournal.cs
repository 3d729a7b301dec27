using System.Text.Json;
using Xunit.Abstractions;

namespace KillaBeez.Tests;

/// <summary>
/// One JSON object a line, in the file before the test goes on. tests/Runner reads it: a property that changes here changes
/// in its ProjectJournal.
/// </summary>
internal sealed class TestJournal(string path)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ITest, int> _numbers = new(ReferenceEqualityComparer.Instance);

    public void Started(ITest test) => Write(test, new { @event = "started", name = test.DisplayName, at = DateTimeOffset.UtcNow });

    public void Passed(ITest test) => Write(test, new { @event = "passed" });

    public void Skipped(ITest test, string reason) => Write(test, new { @event = "skipped", reason });

    public void Failed(ITest test, string message, string stackTrace, string output) =>
        Write(test, new { @event = "failed", message, stackTrace, output });

    private void Write<T>(ITest test, T what)
    {
        lock (_gate)
        {
            // Names are not unique: two rows of a theory may look the same.
            if (!_numbers.TryGetValue(test, out var number))
            {
                number = _numbers.Count;
                _numbers.Add(test, number);
            }

            File.AppendAllText(path, $"{number} {JsonSerializer.Serialize(what)}\n");
        }
    }
}
