using System.Globalization;

namespace KillaBeez.TestRunner;

/// <summary>What the runner was asked to do.</summary>
internal sealed record RunnerOptions
{
    /// <summary>The repository.</summary>
    public required string Root { get; init; }

    public string Configuration { get; init; } = "Release";

    public string Framework { get; init; } = "net10.0";

    /// <summary>A part of a test's full name, or a VSTest filter expression; null for every test.</summary>
    public string? Filter { get; init; }

    /// <summary>A project that runs longer is ended and counts as failed; null for what its known duration allows.</summary>
    public TimeSpan? ProjectTimeout { get; init; }

    /// <summary>
    /// What has not ended by then is ended, and the summary is printed: before whoever started the run loses patience and
    /// takes everything with it.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(75);

    /// <summary>Test projects that run at the same time: the machines this runs on have few cores.</summary>
    public int ProjectsAtOnce { get; init; } = 2;

    /// <summary>What the tests see in their environment beside what is in ours.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The filter as VSTest understands it.</summary>
    public string? FilterExpression =>
        Filter is null ? null
        : Filter.Any(c => c is '=' or '~' or '&' or '|' or '(' or ')') ? Filter
        : $"FullyQualifiedName~{Filter}";

    public static bool TryParse(IReadOnlyList<string> args, out RunnerOptions? options, out string? error)
    {
        var result = new RunnerOptions { Root = Directory.GetCurrentDirectory() };
        options = null;
        for (var i = 0; i < args.Count; i++)
        {
            var name = args[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                if (result.Filter is not null)
                {
                    error = $"one filter at most: '{result.Filter}' and '{name}' were given";
                    return false;
                }

                result = result with { Filter = name };
                continue;
            }

            if (++i >= args.Count)
            {
                error = $"{name} needs a value";
                return false;
            }

            if (Apply(result, name, args[i]) is not { } changed)
            {
                error = $"unknown option or bad value: {name} {args[i]}";
                return false;
            }

            result = changed;
        }

        options = result;
        error = null;
        return true;
    }

    private static RunnerOptions? Apply(RunnerOptions options, string name, string value)
    {
        var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : (int?)null;
        return (name, number) switch
        {
            ("--root", _) => options with { Root = Path.GetFullPath(value) },
            ("--configuration", _) => options with { Configuration = value },
            ("--framework", _) => options with { Framework = value },
            ("--project-timeout", { } seconds) => options with { ProjectTimeout = TimeSpan.FromSeconds(seconds) },
            ("--timeout", { } seconds) => options with { Timeout = TimeSpan.FromSeconds(seconds) },
            ("--projects-at-once", { } count) => options with { ProjectsAtOnce = count },
            _ => null,
        };
    }
}
