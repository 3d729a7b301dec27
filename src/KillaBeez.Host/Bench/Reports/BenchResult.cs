using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KillaBeez.Cli.Bench.Reports;

/// <summary>
/// One figure or group of figures, a line each: JSON with <c>--json</c>, where <c>result</c> names the kind, a row of a
/// table otherwise.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "result")]
[JsonDerivedType(typeof(Machine), "machine")]
[JsonDerivedType(typeof(SetUp), "setup")]
[JsonDerivedType(typeof(RoundTrip), "roundtrip")]
[JsonDerivedType(typeof(Throughput), "throughput")]
[JsonDerivedType(typeof(MeshRun), "mesh-run")]
[JsonDerivedType(typeof(Mesh), "mesh")]
internal abstract record BenchResult
{
    private const double MiB = 1024.0 * 1024;

    /// <summary>What a figure means nothing without.</summary>
    public sealed record Machine(string Program, string Runtime, string System, string Architecture, int Cores) : BenchResult
    {
        public static Machine Current() => new(
            typeof(BenchResult).Assembly.GetName().Version?.ToString() ?? string.Empty,
            RuntimeInformation.FrameworkDescription,
            RuntimeInformation.OSDescription,
            RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount);

        public override IEnumerable<(string What, string Figure)> Rows() => [("machine", $"{Cores} cores, {Architecture}, {System}, {Runtime}")];
    }

    /// <summary>From the beginning of an offer to the open channel, milliseconds; the first is cold.</summary>
    public sealed record SetUp(int Count, double MedianMs, double FirstMs, double MinMs, double MaxMs) : BenchResult
    {
        public override IEnumerable<(string What, string Figure)> Rows() =>
            [("set-up, ms", Text($"median {MedianMs:0.00} of {Count}, first (cold) {FirstMs:0.00}, least {MinMs:0.00}, most {MaxMs:0.00}"))];
    }

    /// <summary>One message there and back, microseconds.</summary>
    public sealed record RoundTrip(int MessageBytes, int Count, double P50Us, double P99Us, double MeanUs, double MinUs) : BenchResult
    {
        public override IEnumerable<(string What, string Figure)> Rows() =>
            [(Text($"round trip of {MessageBytes} B, us"), Text($"p50 {P50Us:0.0}, p99 {P99Us:0.0}, mean {MeanUs:0.0}, least {MinUs:0.0} ({Count} timed)"))];
    }

    /// <summary>One direction for a while; a megabyte is 1,000,000 bytes, CPU is that of both processes.</summary>
    public sealed record Throughput(int MessageBytes, long Bytes, double Ms, double MegabytesPerSecond, double CpuSeconds, double CpuSecondsPerGiB) : BenchResult
    {
        public override IEnumerable<(string What, string Figure)> Rows() =>
            [(Text($"{MessageBytes} B messages"), Text($"{MegabytesPerSecond:0.0} MB/s, {CpuSecondsPerGiB:0.00} CPU s per GiB (both ends), {Bytes / MiB:0} MiB in {Ms / 1000:0.00} s"))];
    }

    /// <summary>One mesh from the calls to everybody connected to everybody.</summary>
    public sealed record MeshRun(
        int Nodes, int Run, bool IsWarmUp, double Seconds, double CpuSeconds, long WorkingSetBytes, double ManagedBytesPerConnection, double WorkingSetBytesPerConnection)
        : BenchResult
    {
        public override IEnumerable<(string What, string Figure)> Rows() =>
            [(IsWarmUp ? "warm-up (cold)" : Text($"run {Run}"), Text($"{Seconds:0.000} s, CPU {CpuSeconds:0.00} s"))];
    }

    /// <summary>Medians over the runs; the warm-up apart, because it compiles the program as it goes.</summary>
    public sealed record Mesh(
        int Nodes, int Runs, double MedianSeconds, double MinSeconds, double MaxSeconds, double ColdSeconds, double CpuSeconds, long WorkingSetBytes, double ManagedBytesPerConnection, double WorkingSetBytesPerConnection)
        : BenchResult
    {
        public override IEnumerable<(string What, string Figure)> Rows() =>
        [
            (Text($"{Nodes} nodes to full mesh"), Text($"median {MedianSeconds:0.000} s of {Runs} (least {MinSeconds:0.000}, most {MaxSeconds:0.000}); first, cold: {ColdSeconds:0.000} s")),
            ("CPU", Text($"{CpuSeconds:0.00} s")),
            ("memory", Text($"{WorkingSetBytes / MiB:0} MiB working set; per connection, both ends: {ManagedBytesPerConnection / 1024:0} KiB managed, {WorkingSetBytesPerConnection / 1024:0} KiB working set")),
        ];
    }

    /// <summary>The result as rows of a table.</summary>
    public abstract IEnumerable<(string What, string Figure)> Rows();

    public string ToJson() => JsonSerializer.Serialize(this, BenchResultJson.Default.BenchResult);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchResult))]
internal sealed partial class BenchResultJson : JsonSerializerContext;
