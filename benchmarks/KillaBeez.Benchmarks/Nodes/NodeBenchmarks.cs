using System.Diagnostics;
using KillaBeez.SignalExchange;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Benchmarks.Nodes;

/// <summary>
/// Two nodes of this process over real WebRTC, through everything that application data passes: substream, multiplexer,
/// session, cipher, data channel and back up.
/// </summary>
internal static class NodeBenchmarks
{
    private const int Pings = 15;
    private const int RoundTrips = 5000;
    private const int Transfers = 3;
    private const int Opens = 500;
    private const int EchoBytes = 100 * 1024 * 1024;
    private const int ChunkBytes = 64 * 1024;

    public static async Task RunAsync(Report report)
    {
        var app = await StartExchangeAsync().ConfigureAwait(false);
        await using (app.ConfigureAwait(false))
        {
            var exchange = new UriBuilder(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) { Scheme = "ws" }.Uri;
            var a = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { exchange } }).ConfigureAwait(false);
            await using (a.ConfigureAwait(false))
            {
                var b = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { exchange } }).ConfigureAwait(false);
                await using (b.ConfigureAwait(false))
                {
                    b.SubstreamOpened += (_, e) => _ = EchoAsync(e.Substream);
                    var peer = await a.CallAsync(b.Id).ConfigureAwait(false);
                    await MeasureAsync(report, peer).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task MeasureAsync(Report report, Peer peer)
    {
        await PingAsync(report, peer, "Peer.PingAsync, cold").ConfigureAwait(false);
        await RoundTripsAsync(report, peer).ConfigureAwait(false);
        await OpenAsync(report, peer).ConfigureAwait(false);
        await PingAsync(report, peer, "Peer.PingAsync, warm").ConfigureAwait(false);
        for (var i = 0; i < Transfers; i++)
        {
            // The multiplexer allows about ten pings a second.
            await Task.Delay(TimeSpan.FromSeconds(0.1 * Pings)).ConfigureAwait(false);
            await TransferAsync(report, peer).ConfigureAwait(false);
            await PingAsync(report, peer, "Peer.PingAsync right after a transfer").ConfigureAwait(false);
        }
    }

    private static async Task PingAsync(Report report, Peer peer, string what)
    {
        var times = new double[Pings];
        for (var i = 0; i < Pings; i++)
        {
            times[i] = (await peer.PingAsync().ConfigureAwait(false)).TotalMicroseconds;
        }

        report.Times(what, "us", times);
    }

    private static async Task RoundTripsAsync(Report report, Peer peer)
    {
        var substream = await peer.OpenAsync("echo").ConfigureAwait(false);
        await using (substream.ConfigureAwait(false))
        {
            var times = new double[RoundTrips];
            var message = new byte[64];
            for (var i = -RoundTrips / 10; i < RoundTrips; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await substream.Output.WriteAsync(message).ConfigureAwait(false);
                var read = await substream.Input.ReadAtLeastAsync(message.Length).ConfigureAwait(false);
                substream.Input.AdvanceTo(read.Buffer.End);
                times[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }

            report.Times("64 B there and back through a substream", "us", times);
        }
    }

    private static async Task OpenAsync(Report report, Peer peer)
    {
        var times = new double[Opens];
        for (var i = 0; i < Opens; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var substream = await peer.OpenAsync("echo").ConfigureAwait(false);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            await substream.DisposeAsync().ConfigureAwait(false);
        }

        report.Times("open a substream, until it is accepted", "us", times);
    }

    /// <summary>Sends and receives at the same time: what comes back is as much as was sent.</summary>
    private static async Task TransferAsync(Report report, Peer peer)
    {
        var substream = await peer.OpenAsync("echo").ConfigureAwait(false);
        await using (substream.ConfigureAwait(false))
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            var sending = SendAsync(substream);
            var received = 0L;
            while (received < EchoBytes)
            {
                var read = await substream.Input.ReadAsync().ConfigureAwait(false);
                received += read.Buffer.Length;
                substream.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            await sending.ConfigureAwait(false);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var used = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
            report.Add("echo through one substream, each way", received / seconds / 1e6, "MB/s");
            report.Add("... processor time for each GiB carried", used / (2.0 * received / (1 << 30)), "s");
        }
    }

    private static async Task SendAsync(Substream substream)
    {
        var chunk = new byte[ChunkBytes];
        for (var sent = 0; sent < EchoBytes; sent += chunk.Length)
        {
            await substream.Output.WriteAsync(chunk).ConfigureAwait(false);
        }

        await substream.Output.CompleteAsync().ConfigureAwait(false);
    }

    private static async Task EchoAsync(Substream substream)
    {
        await using (substream.ConfigureAwait(false))
        {
            try
            {
                while (true)
                {
                    var read = await substream.Input.ReadAsync().ConfigureAwait(false);
                    foreach (var segment in read.Buffer)
                    {
                        await substream.Output.WriteAsync(segment).ConfigureAwait(false);
                    }

                    substream.Input.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted)
                    {
                        return;
                    }
                }
            }
            catch (KillaBeezException)
            {
                // The opener went away without ending its direction.
            }
        }
    }

    internal static async Task<WebApplication> StartExchangeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSignalExchange();
        var app = builder.Build();
        app.MapSignalExchange();
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }
}
