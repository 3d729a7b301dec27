using System.Reflection;
using System.Runtime.CompilerServices;

namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Two things of Ask that have no extension point. Its task always goes on in the thread pool, so that Ask(...).PipeTo(...)
/// would leave the simulation; and its time limit is a timer of the real clock. Both are reached by private fields, of the
/// base class library and of Akka.NET's closure. Where one is not there, what it was for is as it is without a simulation,
/// and is counted as a foreign post when it happens.
/// </summary>
internal static class AskInternals
{
    private static readonly FieldInfo? _continuation = typeof(Task).GetField("m_continuationObject", BindingFlags.Instance | BindingFlags.NonPublic);
    private static readonly FieldInfo? _delegate = typeof(Task).GetField("m_action", BindingFlags.Instance | BindingFlags.NonPublic);
    private static readonly bool _canInline = CanInlineNow();

    /// <summary>Whether tasks of Ask go on inside of the simulation.</summary>
    public static bool CanInline => _canInline;

    /// <summary>Lets the continuations of a task run where it is completed, as those of most tasks do.</summary>
    public static void Inline(Task task)
    {
        if (_canInline)
        {
            StateFlags(task) &= ~(int)TaskCreationOptions.RunContinuationsAsynchronously;
        }
    }

    /// <summary>
    /// The source of the cancellation that is an Ask's time limit, and how long that is: they are in the closure of what Ask
    /// does when its task completes, which is the first thing it attaches to it.
    /// </summary>
    public static (CancellationTokenSource Source, TimeSpan Limit)? FindLimit(Task task)
    {
        if (_continuation?.GetValue(task) is not { } first)
        {
            return null;
        }

        var fields = first.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        var continuation = Array.Find(fields, static field => field.FieldType == typeof(Task))?.GetValue(first);
        return continuation is not null && _delegate?.GetValue(continuation) is Delegate { Target: { } closure }
            ? FindLimitIn(closure, depth: 2)
            : null;
    }

    private static (CancellationTokenSource Source, TimeSpan Limit)? FindLimitIn(object closure, int depth)
    {
        CancellationTokenSource? source = null;
        TimeSpan? limit = null;
        foreach (var field in closure.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            switch (field.GetValue(closure))
            {
                case CancellationTokenSource found:
                    source = found;
                    break;
                case TimeSpan found:
                    limit = found;
                    break;
                case { } outer when depth > 0 && field.FieldType.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false):
                    if (FindLimitIn(outer, depth - 1) is { } both)
                    {
                        return both;
                    }

                    break;
            }
        }

        return source is not null && limit is not null ? (source, limit.Value) : null;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_stateFlags")]
    private static extern ref int StateFlags(Task task);

    private static bool CanInlineNow()
    {
        try
        {
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var before = source.Task.CreationOptions;
            StateFlags(source.Task) &= ~(int)TaskCreationOptions.RunContinuationsAsynchronously;
            return before == TaskCreationOptions.RunContinuationsAsynchronously && source.Task.CreationOptions == TaskCreationOptions.None;
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }
}
