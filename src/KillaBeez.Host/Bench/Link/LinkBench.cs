using System.Diagnostics;
using System.Net;
using KillaBeez.Cli.Bench.Agents;
using KillaBeez.Cli.Bench.Reports;
using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Bench.Link;

/// <summary>
/// Measures one data channel between this process and another: this one offers, sends and times, the other answers,
/// counts and echoes. Both are the same <see cref="Agent"/>.
/// </summary>
internal sealed class LinkBench : IAsyncDisposable
{
    private const string Address = "127.0.0.1";
    private const int PingBytes = 64;
    private const int WarmUpMessageBytes = 16 * 1024;
    private const double GiB = 1024.0 * 1024 * 1024;

    /// <summary>What a step may take beyond what it is told to; a connection that is not open by then never will be.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _longestWarmUp = TimeSpan.FromSeconds(2);

    private readonly BenchLinkOptions _options;
    private readonly BenchReport _report;
    private readonly AgentInbox _inbox = new("near");
    private readonly Agent _near;
    private readonly AgentProcess _far;
    private int _lastId;

    private LinkBench(BenchLinkOptions options, BenchReport report)
    {
        _options = options;
        _report = report;
        _far = AgentProcess.Start("far", Address);
        _near = Agent.Start(new AgentOptions { Addresses = [IPAddress.Parse(Address)] }, _inbox.Add);
    }

    public static async Task RunAsync(BenchLinkOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        var bench = new LinkBench(options, report);
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _near.DisposeAsync().ConfigureAwait(false);
        await _far.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        _report.Add(BenchResult.Machine.Current());
        await WithinAsync(_patience, _far.Inbox.NextAsync<AgentEvent.Ready>, cancellationToken).ConfigureAwait(false);
        await SetUpAsync(cancellationToken).ConfigureAwait(false);
        var id = ++_lastId;
        await ConnectAsync(id, cancellationToken).ConfigureAwait(false);
        await PingAsync(id, cancellationToken).ConfigureAwait(false);
        await WarmUpAsync(id, cancellationToken).ConfigureAwait(false);
        foreach (var size in _options.MessageBytes)
        {
            _report.Progress($"throughput: {size}-byte messages for {_options.Duration.TotalSeconds:0.###} s");
            _report.Add(await SendAsync(id, size, _options.Duration, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>A transfer that is not counted: both processes compile what is hot while they send the first hundreds of MB.</summary>
    private async Task WarmUpAsync(int id, CancellationToken cancellationToken)
    {
        _report.Progress($"warm-up");
        var duration = _options.Duration < _longestWarmUp ? _options.Duration : _longestWarmUp;
        await SendAsync(id, WarmUpMessageBytes, duration, cancellationToken).ConfigureAwait(false);
    }

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var i = 0; i < _options.SetUps; i++)
        {
            var id = ++_lastId;
            times.Add(await ConnectAsync(id, cancellationToken).ConfigureAwait(false));
            _near.Handle(new AgentCommand.Close { Id = id });
            await WithinAsync(_patience, _inbox.NextAsync<AgentEvent.Closed>, cancellationToken).ConfigureAwait(false);
            await WithinAsync(_patience, _far.Inbox.NextAsync<AgentEvent.Closed>, cancellationToken).ConfigureAwait(false);
            _report.Progress($"set-up {i + 1}/{_options.SetUps}: {times[i]:0.00} ms");
        }

        _report.Add(new BenchResult.SetUp(_options.SetUps, Statistics.Median(times), times[0], times.Min(), times.Max()));
    }

    /// <summary>Connects; the milliseconds from the beginning of the offer to the open channel.</summary>
    private async Task<double> ConnectAsync(int id, CancellationToken cancellationToken)
    {
        _near.Handle(new AgentCommand.Offer { Id = id });
        var offer = await WithinAsync(_patience, _inbox.NextAsync<AgentEvent.Offer>, cancellationToken).ConfigureAwait(false);
        _far.Tell(new AgentCommand.Answer { Id = id, Sdp = offer.Sdp });
        var answer = await WithinAsync(_patience, _far.Inbox.NextAsync<AgentEvent.Answer>, cancellationToken).ConfigureAwait(false);
        _near.Handle(new AgentCommand.SetAnswer { Id = id, Sdp = answer.Sdp });
        var open = await WithinAsync(_patience, _inbox.NextAsync<AgentEvent.Open>, cancellationToken).ConfigureAwait(false);
        await WithinAsync(_patience, _far.Inbox.NextAsync<AgentEvent.RemoteOpen>, cancellationToken).ConfigureAwait(false);
        return open.Ms;
    }

    private async Task PingAsync(int id, CancellationToken cancellationToken)
    {
        _report.Progress($"round trips: {_options.RoundTrips} of {PingBytes} bytes");
        _near.Handle(new AgentCommand.Ping { Id = id, Size = PingBytes, Count = _options.RoundTrips });
        var pinged = await WithinAsync(_patience, _inbox.NextAsync<AgentEvent.Pinged>, cancellationToken).ConfigureAwait(false);
        _report.Add(new BenchResult.RoundTrip(
            PingBytes, _options.RoundTrips, pinged.P50 * 1000, pinged.P99 * 1000, pinged.Mean * 1000, pinged.Min * 1000));
    }

    private async Task<BenchResult.Throughput> SendAsync(int id, int size, TimeSpan duration, CancellationToken cancellationToken)
    {
        var before = ProcessorTime();
        _near.Handle(new AgentCommand.Send { Id = id, Size = size, Total = long.MaxValue, MaxSec = duration.TotalSeconds });
        var sent = await WithinAsync(duration + _patience, _inbox.NextAsync<AgentEvent.Sent>, cancellationToken).ConfigureAwait(false);
        var used = ProcessorTime() - before;
        if (sent.Got != sent.Bytes)
        {
            throw new CliException($"{sent.Bytes} bytes were sent in {size}-byte messages, but {sent.Got} were received.");
        }

        var perGiB = sent.Got > 0 ? used.TotalSeconds / (sent.Got / GiB) : 0;
        return new BenchResult.Throughput(size, sent.Got, sent.Ms, sent.Got / sent.Ms / 1000, used.TotalSeconds, perGiB);
    }

    private TimeSpan ProcessorTime()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime + _far.ProcessorTime;
    }

    private static async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> wait, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        try
        {
            return await wait(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"The bench waited {limit.TotalSeconds:0} s for {typeof(T).Name} in vain.");
        }
    }
}
