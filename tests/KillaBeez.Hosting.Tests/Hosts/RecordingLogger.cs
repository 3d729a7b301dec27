using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Hosting.Tests.Hosts;

/// <summary>Keeps what is logged to ILogger.</summary>
internal sealed class RecordingLogger : ILoggerProvider, ILogger
{
    public ConcurrentQueue<LogLine> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(new LogLine(logLevel, formatter(state, exception), (state as IEnumerable<KeyValuePair<string, object?>> ?? []).ToList()));

    public void Dispose()
    {
    }
}

/// <summary>One line of a log, with its named properties.</summary>
internal sealed record LogLine(LogLevel Level, string Text, IReadOnlyList<KeyValuePair<string, object?>> Properties);
