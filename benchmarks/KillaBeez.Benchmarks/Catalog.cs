using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;

namespace KillaBeez.Benchmarks;

/// <summary>
/// Finds and runs the benchmarks: every static class whose name ends in "Benchmarks" and that has a static
/// method <c>Run</c> taking nothing or a <see cref="TextWriter"/> and giving nothing or a <see cref="Task"/>.
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

        var chosen = all.Where(b => args.Count == 0 || args.Any(a => b.Name.Contains(a, StringComparison.OrdinalIgnoreCase))).ToList();
        if (chosen.Count == 0)
        {
            await output.WriteLineAsync($"no benchmark matches; there are: {string.Join(", ", all.Select(b => b.Name))}").ConfigureAwait(false);
            return 1;
        }

        await output.WriteLineAsync(Machine()).ConfigureAwait(false);
        foreach (var (name, run) in chosen)
        {
            await output.WriteLineAsync().ConfigureAwait(false);
            await output.WriteLineAsync($"== {name}").ConfigureAwait(false);
            object?[] arguments = run.GetParameters().Length == 0 ? [] : [output];
            if (run.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null) is Task task)
            {
                await task.ConfigureAwait(false);
            }

            await output.FlushAsync().ConfigureAwait(false);
        }

        return 0;
    }

    private static List<(string Name, MethodInfo Run)> Find() =>
        [.. from type in typeof(Catalog).Assembly.GetTypes()
            where type is { IsAbstract: true, IsSealed: true } && type.Name.EndsWith(Suffix, StringComparison.Ordinal)
            let run = type.GetMethod("Run", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            where run is not null && IsRunnable(run)
            let name = type.FullName![(typeof(Catalog).Namespace!.Length + 1)..^Suffix.Length]
            orderby name
            select (name, run)];

    private static bool IsRunnable(MethodInfo run) =>
        (run.ReturnType == typeof(void) || run.ReturnType.IsAssignableTo(typeof(Task)))
        && run.GetParameters() is [] or [{ ParameterType.FullName: "System.IO.TextWriter" }];

    /// <summary>What a figure means nothing without.</summary>
    private static string Machine() =>
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, "
        + $"{Environment.ProcessorCount} cores, {(GCSettings.IsServerGC ? "server" : "workstation")} GC, "
        + (IsOptimized ? "optimized" : "NOT OPTIMIZED: run with -c Release");

    private static bool IsOptimized =>
        typeof(Catalog).Assembly.GetCustomAttribute<System.Diagnostics.DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
}
