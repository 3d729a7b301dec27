using System.Threading.Channels;
using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.Tests;

namespace KillaBeez.Hosting.Tests.Docs;

/// <summary>Two copies of README's program talk to each other, and end. Here they share this process's console.</summary>
[Collection(nameof(PlainExampleTests))]
[CollectionDefinition(nameof(PlainExampleTests), DisableParallelization = true)]
public sealed class PlainExampleTests : IDisposable
{
    private readonly (TextReader In, TextWriter Out) _console = (Console.In, Console.Out);

    public void Dispose()
    {
        Console.SetIn(_console.In);
        Console.SetOut(_console.Out);
    }

    [Fact]
    public async Task TwoCopies_TalkAndEnd()
    {
        await using var exchange = await TestExchange.StartAsync();
        using var enter = new ReaderThatWaits();
        await using var lines = new LineWriter();
        Console.SetIn(enter);
        Console.SetOut(lines);

        var called = Task.Run(() => PlainExample.RunAsync([exchange.Address.AbsoluteUri]));
        var key = (await lines.ReadAsync("I am ")).Trim();
        await Task.Run(() => PlainExample.RunAsync([exchange.Address.AbsoluteUri, key])).WaitAsync(Patience.Bound);
        Assert.Equal("hello", await lines.ReadAsync("heard "));

        enter.Enter();
        await called.WaitAsync(Patience.Bound);
    }

    /// <summary>A console at which nobody has pressed Enter yet.</summary>
    private sealed class ReaderThatWaits : TextReader
    {
        private readonly ManualResetEventSlim _entered = new();

        public void Enter() => _entered.Set();

        public override string? ReadLine()
        {
            _entered.Wait();
            return "";
        }

        protected override void Dispose(bool disposing)
        {
            _entered.Set();
            base.Dispose(disposing);
        }
    }

    private sealed class LineWriter : StringWriter
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

        /// <summary>What follows the text in the next line that begins with it.</summary>
        public async Task<string> ReadAsync(string start)
        {
            using var limit = new CancellationTokenSource(Patience.Bound);
            while (true)
            {
                var line = await _lines.Reader.ReadAsync(limit.Token);
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    return line[start.Length..];
                }
            }
        }
    }
}
