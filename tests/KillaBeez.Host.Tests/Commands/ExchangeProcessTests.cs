using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Processes;
using KillaBeez.Cli.Tests.Processes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Commands;

/// <summary>A real exchange process.</summary>
public sealed class ExchangeProcessTests
{
    private sealed class Exchange : IAsyncDisposable
    {
        private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Exchange(string urls) =>
            Process = ChildProcess.Start(["exchange", "--urls", urls, "--json", "--child"], Read, p => _exit.TrySetResult(p.ExitCode));

        public ChildProcess Process { get; }

        public Task<string> Url => _url.Task.WaitAsync(Patience.Bound);

        public Task<int> Exit => _exit.Task.WaitAsync(Patience.Bound);

        public List<ProcessEvent> Events { get; } = [];

        public ValueTask DisposeAsync() => Process.DisposeAsync();

        private void Read(string line)
        {
            if (ProcessEvent.TryParse(line, out var e))
            {
                Events.Add(e);
                if (e is ProcessEvent.Listening listening)
                {
                    _url.TrySetResult(listening.Url);
                }
            }
        }
    }

    [Fact]
    public async Task Start_PortZero_SaysWhereItListensAndIsHealthy()
    {
        await using var exchange = new Exchange("http://127.0.0.1:0");
        using var http = new HttpClient { Timeout = Patience.Bound };

        using var answer = await http.GetAsync(new Uri(await exchange.Url + "/health"));

        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task InputEnds_ExchangeStopsGracefully()
    {
        await using var exchange = new Exchange("http://127.0.0.1:0");
        await exchange.Url;

        exchange.Process.CloseInput();

        Assert.Equal(0, await exchange.Exit);
        Assert.IsType<ProcessEvent.Stopped>(exchange.Events[^1]);
    }

    [Fact]
    public async Task Kill_RunningExchange_WaitsUntilItIsGone()
    {
        await using var exchange = new Exchange("http://127.0.0.1:0");
        await exchange.Url;
        var id = exchange.Process.Id;

        await exchange.Process.KillAsync().WaitAsync(Patience.Bound);

        Assert.False(ProcessWait.IsRunning(id));
        Assert.NotEqual(0, await exchange.Exit);
    }

    [Fact]
    public async Task Start_PortInUse_IsOneLineThatSaysWhatToDo()
    {
        await using var first = new Exchange("http://127.0.0.1:0");
        var url = await first.Url;
        await using var second = new Exchange(url);

        Assert.Equal(1, await second.Exit);
        Assert.Equal($"killabeez: {url} is in use: end what listens there, or choose another address with --urls.", second.Process.ErrorText);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1:1")]
    [InlineData("6688")]
    public async Task Start_BadAddress_SaysWhatAnAddressLooksLike(string urls)
    {
        await using var exchange = new Exchange(urls);

        Assert.Equal(1, await exchange.Exit);
        Assert.Contains($"'{urls}' is not an address to listen on", exchange.Process.ErrorText, StringComparison.Ordinal);
    }
}
