using KillaBeez.Cli.Bench.Reports;

namespace KillaBeez.Cli.Bench.Mesh;

/// <summary>Builds meshes one after the other over one exchange, all in this process, and reports the medians.</summary>
internal static class MeshBench
{
    public static async Task RunAsync(BenchMeshOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        report.Add(BenchResult.Machine.Current());
        var exchange = await BenchExchange.StartAsync(cancellationToken).ConfigureAwait(false);
        await using (exchange.ConfigureAwait(false))
        {
            var runs = new List<BenchResult.MeshRun>();
            for (var number = 0; number <= options.Runs; number++)
            {
                var run = await MeshRun.RunAsync(options, number, exchange.Address, cancellationToken).ConfigureAwait(false);
                report.Progress($"{(run.IsWarmUp ? "warm-up" : "run")} {number}: {run.Seconds:0.000} s");
                report.Add(run);
                runs.Add(run);
            }

            report.Add(Summary(runs));
        }
    }

    private static BenchResult.Mesh Summary(List<BenchResult.MeshRun> all)
    {
        var runs = all.Where(run => !run.IsWarmUp).ToList();
        return new BenchResult.Mesh(
            all[0].Nodes,
            runs.Count,
            Statistics.Median(runs.Select(run => run.Seconds)),
            runs.Min(run => run.Seconds),
            runs.Max(run => run.Seconds),
            all[0].Seconds,
            Statistics.Median(runs.Select(run => run.CpuSeconds)),
            (long)Statistics.Median(runs.Select(run => (double)run.WorkingSetBytes)),
            Statistics.Median(runs.Select(run => run.ManagedBytesPerConnection)),

            // The system gives memory only once: later runs find what the first has taken.
            all[0].WorkingSetBytesPerConnection);
    }
}
