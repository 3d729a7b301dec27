namespace KillaBeez.TestRunner;

/// <summary>Runs every test project below tests/, a few at a time, and says what came of it.</summary>
internal static class Suite
{
    public static async Task<int> RunAsync(RunnerOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var projects = Projects(options);
        if (projects.Count == 0)
        {
            await output.WriteLineAsync($"there is no test project below {options.Root}/tests").ConfigureAwait(false);
        }

        // Every run has a folder of its own: two runs at once must not read each other's results.
        var resultsFolder = Path.Combine(options.Root, ".killabeez", "test-results", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Directory.CreateDirectory(resultsFolder);
        var width = projects.Select(p => p.Name.Length).DefaultIfEmpty().Max();
        var results = new List<ProjectResult>();
        try
        {
            await Parallel.ForEachAsync(
                projects,
                new ParallelOptions { MaxDegreeOfParallelism = options.ProjectsAtOnce, CancellationToken = cancellationToken },
                async (project, ct) =>
                {
                    var result = await ProjectRun.RunAsync(options, project.Name, project.Assembly, resultsFolder, ct).ConfigureAwait(false);
                    lock (results)
                    {
                        results.Add(result);
                        output.WriteLine(Summary.ProjectLine(result, width));
                        output.Flush();
                    }
                }).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(resultsFolder, recursive: true);
        }

        Summary.PrintSkipped(output, results);
        foreach (var result in results.OrderBy(r => r.Project, StringComparer.Ordinal))
        {
            Summary.PrintFailures(output, result);
        }

        await output.WriteLineAsync().ConfigureAwait(false);
        if (results.Sum(r => r.Report.Passed + r.FailedCount) == 0)
        {
            await output.WriteLineAsync(options.Filter is null ? "no test ran" : $"no test ran: nothing matches '{options.Filter}'").ConfigureAwait(false);
        }

        await output.WriteLineAsync(Summary.LastLine(results)).ConfigureAwait(false);
        return Summary.ExitCode(results);
    }

    private static List<(string Name, string Assembly)> Projects(RunnerOptions options)
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
                   select (name, Path.Combine(folder, "bin", options.Configuration, options.Framework, name + ".dll"))];
    }
}
