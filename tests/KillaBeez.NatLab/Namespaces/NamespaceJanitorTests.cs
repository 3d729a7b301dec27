using System.Diagnostics;
using KillaBeez.NatLab.Install;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Namespaces;

/// <summary>However a run ends, nothing of it stays on the machine.</summary>
public sealed class NamespaceJanitorTests
{
    /// <summary>The kernel gives process ids below this number only.</summary>
    private const int NobodysProcess = 4_194_305;

    [SkippableFact]
    public async Task Sweep_NamespaceOfAProcessThatIsGone_EndsWhatRunsInItAndRemovesIt()
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var stale = $"kb{NobodysProcess}-1h";
        await using var current = await NetworkNamespace.CreateAsync("h");
        await LabCommand.RunAsync("ip", ["netns", "add", stale]);
        using var forgotten = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", stale, "sleep", "600"]))!;
        await WaitUntil.HoldsAsync(async () => (await NamespaceJanitor.ProcessesInAsync(stale)).Contains(forgotten.Id), "the process to be inside");

        await NamespaceJanitor.SweepAsync();

        await forgotten.WaitForExitAsync().WaitAsync(Patience.Bound);
        Assert.DoesNotContain(stale, NamespaceNames.All());
        Assert.Contains(current.Name, NamespaceNames.All());
    }

    [SkippableFact]
    public async Task Watch_RunThatIsKilled_LeavesNoNamespaceAndNoProcess()
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var prefix = $"kb{NobodysProcess + 1}-";
        var name = prefix + "1h";
        await LabCommand.RunAsync("ip", ["netns", "add", name]);
        using var forgotten = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", name, "sleep", "600"]))!;
        using var watch = NamespaceJanitor.Watch(prefix);
        await WaitUntil.HoldsAsync(async () => (await NamespaceJanitor.ProcessesInAsync(name)).Contains(forgotten.Id), "the process to be inside");

        // What the system does with the pipes of a process that is killed.
        watch.StandardInput.Close();

        await watch.WaitForExitAsync().WaitAsync(Patience.Bound);
        await forgotten.WaitForExitAsync().WaitAsync(Patience.Bound);
        Assert.DoesNotContain(name, NamespaceNames.All());
    }

    [SkippableFact]
    public async Task Dispose_NamespaceWithAProcess_EndsBoth()
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var network = await NetworkNamespace.CreateAsync("h");
        using var inside = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", network.Name, "sleep", "600"]))!;
        await WaitUntil.HoldsAsync(async () => (await NamespaceJanitor.ProcessesInAsync(network.Name)).Contains(inside.Id), "the process to be inside");

        await network.DisposeAsync();

        Assert.True(inside.HasExited);
        Assert.DoesNotContain(network.Name, NamespaceNames.All());
    }
}
