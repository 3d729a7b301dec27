using System.Diagnostics;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Streams;

namespace KillaBeez.Benchmarks.Nodes;

/// <summary>
/// One substream over real WebRTC, one way: its raw pipes, and streams of Akka.Streams at one or both ends. The runs are
/// interleaved, so that what disturbs the machine disturbs all of them.
/// </summary>
internal static class StreamBenchmarks
{
    private const int Rounds = 5;
    private const int TotalBytes = 64 * 1024 * 1024;

    private static readonly (string Name, bool StreamOut, bool StreamIn)[] _ways =
    [
        ("raw to raw", false, false),
        ("stream to stream", true, true),
        ("stream to raw", true, false),
        ("raw to stream", false, true),
    ];

    public static async Task RunAsync(Report report)
    {
        var app = await NodeBenchmarks.StartExchangeAsync().ConfigureAwait(false);
        await using (app.ConfigureAwait(false))
        {
            var options = new SwarmOptions { Exchanges = { new UriBuilder(app.Urls.Single()) { Scheme = "ws" }.Uri } };
            using var system = ActorSystem.Create("streams", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
            var a = await SwarmNode.StartAsync(options).ConfigureAwait(false);
            await using (a.ConfigureAwait(false))
            {
                var b = await SwarmNode.StartAsync(options).ConfigureAwait(false);
                await using (b.ConfigureAwait(false))
                {
                    var opened = Channel.CreateUnbounded<Substream>();
                    b.SubstreamOpened += (_, e) => opened.Writer.TryWrite(e.Substream);
                    await WaitForExchangeAsync(a).ConfigureAwait(false);
                    await WaitForExchangeAsync(b).ConfigureAwait(false);
                    var peer = await a.CallAsync(b.Id).ConfigureAwait(false);
                    foreach (var elementBytes in new[] { 64 * 1024, 1024 })
                    {
                        await MeasureAsync(report, new Link(peer, opened.Reader, system.Materializer()), elementBytes).ConfigureAwait(false);
                    }
                }
            }
        }
    }

    /// <summary>On a busy machine a call may come before its nodes are known anywhere.</summary>
    private static async Task WaitForExchangeAsync(SwarmNode node)
    {
        await foreach (var e in node.Events.ConfigureAwait(false))
        {
            if (e is ExchangeStateEvent { IsReady: true })
            {
                return;
            }
        }
    }

    private static async Task MeasureAsync(Report report, Link link, int elementBytes)
    {
        var rates = _ways.Select(_ => new double[Rounds]).ToArray();
        var cpu = _ways.Select(_ => new double[Rounds]).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            for (var i = 0; i < _ways.Length; i++)
            {
                var (rate, seconds) = await TransferAsync(link, elementBytes, _ways[i].StreamOut, _ways[i].StreamIn).ConfigureAwait(false);
                rates[i][Math.Max(round, 0)] = rate;
                cpu[i][Math.Max(round, 0)] = seconds;
            }
        }

        for (var i = 0; i < _ways.Length; i++)
        {
            var what = $"{_ways[i].Name}, elements of {elementBytes} B";
            report.Times(what, "MB/s", rates[i]);
            report.Times("... processor time for each GiB", "s", cpu[i]);
            report.Add("... of the raw pipe's throughput", 100 * Median(rates[i]) / Median(rates[0]), "%");
        }
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static async Task<(double Rate, double Cpu)> TransferAsync(Link link, int elementBytes, bool streamOut, bool streamIn)
    {
        var sender = await link.Peer.OpenAsync("bench").ConfigureAwait(false);
        var receiver = await link.Opened.ReadAsync().ConfigureAwait(false);
        var chunk = new byte[elementBytes];
        var count = TotalBytes / elementBytes;
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var receiving = streamIn ? ReceiveStreamAsync(receiver, link.Materializer) : Task.Run(() => ReceiveAsync(receiver));
        var sending = streamOut ? SendStreamAsync(sender, chunk, count, link.Materializer) : Task.Run(() => SendAsync(sender, chunk, count));
        var received = await receiving.ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var used = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        await sending.ConfigureAwait(false);
        if (received != TotalBytes)
        {
            throw new InvalidOperationException($"{received} of {TotalBytes} bytes came.");
        }

        return (received / seconds / 1e6, used / (received / (double)(1 << 30)));
    }

    private static async Task SendAsync(Substream substream, byte[] chunk, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await substream.Output.WriteAsync(chunk).ConfigureAwait(false);
        }

        await substream.Output.CompleteAsync().ConfigureAwait(false);
    }

    private static async Task<long> ReceiveAsync(Substream substream)
    {
        long received = 0;
        while (true)
        {
            var read = await substream.Input.ReadAsync().ConfigureAwait(false);
            received += read.Buffer.Length;
            substream.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                await substream.DisposeAsync().ConfigureAwait(false);
                return received;
            }
        }
    }

    private static Task<Akka.Done> SendStreamAsync(Substream substream, byte[] chunk, int count, IMaterializer materializer) =>
        Source.From(Enumerable.Repeat((ReadOnlyMemory<byte>)chunk, count))
            .Via(substream.AsFlow())
            .RunWith(Sink.Ignore<ReadOnlyMemory<byte>>(), materializer);

    private static Task<long> ReceiveStreamAsync(Substream substream, IMaterializer materializer) =>
        Source.Empty<ReadOnlyMemory<byte>>()
            .Via(substream.AsFlow())
            .RunWith(Sink.Aggregate<ReadOnlyMemory<byte>, long>(0, static (sum, bytes) => sum + bytes.Length), materializer);

    private sealed record Link(Peer Peer, ChannelReader<Substream> Opened, IMaterializer Materializer);
}
