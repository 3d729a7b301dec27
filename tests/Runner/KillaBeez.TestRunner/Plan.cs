namespace KillaBeez.TestRunner;

/// <summary>Which project is next, and how long it may take.</summary>
internal sealed class Plan(IEnumerable<TestProject> projects)
{
    /// <summary>What a project may take longer than it is known to: a slow machine, or a busy one.</summary>
    public const int LimitFactor = 5;

    /// <summary>Short projects, and those that nobody has measured, get this.</summary>
    public static readonly TimeSpan ShortestLimit = TimeSpan.FromMinutes(15);

    // The longest first: what is long and begins last ends last, alone on a machine that has more than one core.
    private readonly List<TestProject> _waiting = [.. projects.OrderByDescending(p => p.Expected).ThenBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>The projects that have not begun, in the order in which they would.</summary>
    public IReadOnlyList<TestProject> Waiting => _waiting;

    /// <summary>How long a project may run.</summary>
    public static TimeSpan LimitOf(TestProject project, RunnerOptions options)
    {
        var generous = project.Expected * LimitFactor;
        return options.ProjectTimeout ?? (generous > ShortestLimit ? generous : ShortestLimit);
    }

    /// <summary>
    /// The longest project that waits; beside one that lives in real time, one that does not, as long as there is one.
    /// Null where all have begun.
    /// </summary>
    public TestProject? Take(IEnumerable<TestProject> running)
    {
        var next = running.Any(p => p.IsRealTime) ? _waiting.Find(p => !p.IsRealTime) : null;
        next ??= _waiting.FirstOrDefault();
        if (next is not null)
        {
            _waiting.Remove(next);
        }

        return next;
    }
}
