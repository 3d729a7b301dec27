using System.Runtime.CompilerServices;
using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Hosting.Tests.Docs;

/// <summary>What docs/hosting.md shows is what is compiled, and it works.</summary>
public sealed class HostingDocsTests
{
    [Theory]
    [InlineData("akka")]
    [InlineData("plain")]
    [InlineData("streams")]
    [InlineData("greeter")]
    [InlineData("chat")]
    public void Document_HasTheExampleThatIsCompiled(string name)
    {
        var source = File.ReadAllText(Path.Combine(Here(), "HostingExamples.cs"));
        var lines = source.Split('\n').ToList();
        var start = lines.FindIndex(line => line.Trim() == $"// <{name}>");
        var example = lines[(start + 1)..lines.FindIndex(line => line.Trim() == $"// </{name}>")];
        var indent = example[0].Length - example[0].TrimStart().Length;
        var shown = string.Concat(example.Select(line => (line.Length > indent ? line[indent..] : line.TrimStart()) + "\n"));

        Assert.Contains($"```csharp\n{shown}```\n", File.ReadAllText(Path.Combine(Here(), "../../../docs/hosting.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Akka_Greets()
    {
        await using var exchange = await TestExchange.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["KillaBeez:Exchanges:0"] = exchange.Address.AbsoluteUri });
        HostingExamples.Akka(builder);
        using var host = builder.Build();
        using var greeted = TestHost.Plain(options => options.Exchanges.Add(exchange.Address));
        await host.StartAsync();
        await greeted.StartAsync();
        var node = greeted.Swarm().Node;
        var opened = node.WaitForAsync<SubstreamOpenedEvent>();
        await node.UntilReadyAsync();
        await host.Swarm().Node.UntilReadyAsync();

        host.Services.GetRequiredService<IRequiredActor<Greeter>>().ActorRef.Tell(node.Id);

        using var reader = new StreamReader((await opened).Substream.AsStream());
        Assert.Equal("hello", await reader.ReadToEndAsync().WaitAsync(Patience.Bound));
        await host.StopAsync();
        await greeted.StopAsync();
    }

    [Fact]
    public async Task Plain_Starts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        HostingExamples.Plain(builder);
        using var host = builder.Build();
        await host.StartAsync();

        Assert.True(host.Services.GetRequiredService<SwarmHost>().IsRunning);
        await host.StopAsync();
    }

    [Fact]
    public async Task Streams_Echo()
    {
        await using var exchange = await TestExchange.StartAsync();
        using var first = TestHost.Akka(akka => akka.WithKillaBeez(options => options.Exchanges.Add(exchange.Address)));
        using var second = TestHost.Akka(akka => akka.WithKillaBeez(options => options.Exchanges.Add(exchange.Address)));
        await first.StartAsync();
        await second.StartAsync();
        await first.Swarm().Node.UntilReadyAsync();
        await second.Swarm().Node.UntilReadyAsync();
        await first.Swarm().Streams.BindAndHandle("echo", global::Akka.Streams.Dsl.Flow.Create<ReadOnlyMemory<byte>>());

        await HostingExamples.StreamsAsync(second.Services.GetRequiredService<ActorSystem>(), first.Swarm().Self, CancellationToken.None).WaitAsync(Patience.Bound);

        await first.StopAsync();
        await second.StopAsync();
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
