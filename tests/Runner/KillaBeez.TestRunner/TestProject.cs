namespace KillaBeez.TestRunner;

/// <summary>One test project, and what is known of its time.</summary>
internal sealed record TestProject
{
    public required string Name { get; init; }

    /// <summary>Where its build is.</summary>
    public required string Assembly { get; init; }

    /// <summary>How long it takes when the machine has nothing else to do; zero where nobody knows.</summary>
    public TimeSpan Expected { get; init; }

    /// <summary>Whether it waits for processes and sockets of its own: two such projects at once delay each other.</summary>
    public bool IsRealTime { get; init; }

    /// <summary>Every project below tests/ that has tests, by name.</summary>
    public static IReadOnlyList<TestProject> Find(RunnerOptions options, DurationTable durations)
    {
        var tests = Path.Combine(options.Root, "tests");
        if (!Directory.Exists(tests))
        {
            return [];
        }

        return [.. from folder in Directory.EnumerateDirectories(tests)
                   from project in Directory.EnumerateFiles(folder, "*.Tests.csproj")
                   let name = Path.GetFileNameWithoutExtension(project)
                   orderby name
                   select new TestProject
                   {
                       Name = name,
                       Assembly = Path.Combine(folder, "bin", options.Configuration, options.Framework, name + ".dll"),
                       Expected = durations.Of(name),
                       IsRealTime = durations.IsRealTime(name),
                   }];
    }
}
