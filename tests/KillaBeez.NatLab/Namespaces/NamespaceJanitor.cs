using System.Diagnostics;

namespace KillaBeez.NatLab.Namespaces;

/// <summary>
/// Removes namespaces that nobody else will: those of runs that were killed, when the next one begins; and those of
/// this run if it is killed, by a shell that notices the end of its standard input.
/// </summary>
internal static class NamespaceJanitor
{
    /// <summary>Waits for the end of its input, then ends what runs in the namespaces with the prefix and removes them.</summary>
    private const string WatchScript = """
        exec >/dev/null 2>&1
        cat
        for file in /run/netns/"$1"*; do
            [ -e "$file" ] || continue
            name=${file##*/}
            ip netns pids "$name" | xargs -r kill -9
            ip netns del "$name"
        done
        """;

    private static readonly Task _ready = Task.Run(StartAsync);

    /// <summary>Keeps the pipe to the watching shell open for as long as this process lives.</summary>
    private static Process? _watch;

    /// <summary>Done once stale namespaces are gone and those to come are watched.</summary>
    public static Task EnsureAsync() => _ready;

    /// <summary>Ends what runs in a namespace and removes it.</summary>
    public static async Task RemoveAsync(string name)
    {
        foreach (var id in await ProcessesInAsync(name))
        {
            await EndAsync(id);
        }

        await LabCommand.RunAsync("ip", ["netns", "del", name]);
    }

    /// <summary>The processes that run in a namespace.</summary>
    public static async Task<IReadOnlyList<int>> ProcessesInAsync(string name)
    {
        var ids = await LabCommand.RunAsync("ip", ["netns", "pids", name]);
        return [.. ids.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static async Task EndAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (ArgumentException)
        {
            // It has ended by itself meanwhile.
        }
    }

    /// <summary>Removes the namespaces of labs whose process is gone.</summary>
    public static async Task SweepAsync()
    {
        foreach (var stale in NamespaceNames.Stale())
        {
            await RemoveAsync(stale);
        }
    }

    /// <summary>Starts the shell that removes the namespaces with a prefix once its standard input ends.</summary>
    public static Process Watch(string prefix) =>
        Process.Start(new ProcessStartInfo("sh", ["-c", WatchScript, "natlab-janitor", prefix]) { RedirectStandardInput = true })!;

    private static async Task StartAsync()
    {
        await SweepAsync();
        _watch = Watch(NamespaceNames.OwnPrefix);
    }
}
