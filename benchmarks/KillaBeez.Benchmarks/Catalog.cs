using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;

namespace KillaBeez.Benchmarks;

/// <summary>
/// Finds and runs the benchmarks: every static class whose name ends in "Benchmarks" and that has a static
/// method <c>Run</c> (or <c>RunAsync</c>) taking a <see cref="Report"/> and giving nothing or a <see cref="Task"/>.
/// Adding one is adding a file.
/// </summary>
internal static class Catalog
{
    private const string Suffix = "Benchmarks";

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output)
    {
        var all = Find();
        if (args is ["--list"])
        {
            foreach (var (name, _) in all)
            {
                await output.WriteLineAsync(name).ConfigureAwait(false);
            }

            return 0;
        }

        var json = args.Contains("--json");
        args = [.. args.Where(argument => argument != "--json")];
        var report = new Report(output, json);
        var chosen = all.Where(b => args.Count == 0 || args.Any(a => b.Name.Contains(a, StringComparison.OrdinalIgnoreCase))).ToList();
        if (chosen.Count == 0)
        {
            await output.WriteLineAsync($"no benchmark matches; there are: {string.Join(", ", all.Select(b => b.Name))}").ConfigureAwait(false);
            return 1;
        }

        report.Note(Machine());
        foreach (var (name, run) in chosen)
        {
            report.Begin(name);
            if (run.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [report], null) is Task task)
            {
                await task.ConfigureAwait(false);
            }
        }

        return 0;
    }

    private static List<(string Name, MethodInfo Run)> Find() =>
        [.. from type in typeof(Catalog).Assembly.GetTypes()
            where type is { IsAbstract: true, IsSealed: true } && type.Name.EndsWith(Suffix, StringComparison.Ordinal)
            let run = Method(type, "Run") ?? Method(type, "RunAsync")
            where run is not null && IsRunnable(run)
            let name = type.FullName![(typeof(Catalog).Namespace!.Length + 1)..^Suffix.Length]
            orderby name
            select (name, run)];

    private static MethodInfo? Method(Type type, string name) =>
        type.GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);

    private static bool IsRunnable(MethodInfo run) =>
        (run.ReturnType == typeof(void) || run.ReturnType.IsAssignableTo(typeof(Task)))
        && run.GetParameters() is [{ ParameterType: var parameter }] && parameter == typeof(Report);

    /// <summary>What a figure means nothing without.</summary>
    private static string Machine() =>
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, "
        + $"{Environment.ProcessorCount} cores, {(GCSettings.IsServerGC ? "server" : "workstation")} GC, "
        + (IsOptimized ? "optimized" : "NOT OPTIMIZED: run with -c Release");

    private static bool IsOptimized =>
        typeof(Catalog).Assembly.GetCustomAttribute<System.Diagnostics.DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
}
