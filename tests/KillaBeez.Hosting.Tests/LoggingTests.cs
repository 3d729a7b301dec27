using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Hosting.Tests;

/// <summary>What actors log arrives at ILogger, with the words in braces as properties (docs/logging.md).</summary>
public sealed class LoggingTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PeerUp_ReachesILogger_WithItsProperties(bool hasActorSystem)
    {
        await using var exchange = await TestExchange.StartAsync();
        using var log = new RecordingLogger();
        using var first = TestHost.Plain(options => options.Exchanges.Add(exchange.Address));
        using var second = TestHost.Create(services =>
        {
            services.AddLogging(logging => logging.AddProvider(log));
            if (hasActorSystem)
            {
                services.AddAkka("app", akka => akka
                    .AddHocon("akka.stdout-loglevel = OFF", HoconAddMode.Prepend)
                    .ConfigureLoggers(loggers => loggers.AddLoggerFactory())
                    .WithKillaBeez(options => options.Exchanges.Add(exchange.Address)));
            }
            else
            {
                services.AddKillaBeez(options => options.Exchanges.Add(exchange.Address));
            }
        });
        await first.StartAsync();
        await second.StartAsync();
        await first.Swarm().Node.UntilReadyAsync();
        await second.Swarm().Node.UntilReadyAsync();

        await second.Swarm().Node.CallAsync(first.Swarm().Self).WaitAsync(Patience.Bound);

        await WaitUntil.HoldsAsync(() => log.Lines.Any(line => line.Text.Contains(" is up", StringComparison.Ordinal)), "the line to be logged");
        var line = log.Lines.First(line => line.Text.Contains(" is up", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, line.Level);
        var key = first.Swarm().Self.ToString()[..10];
        Assert.Contains($"Peer {key} is up", line.Text, StringComparison.Ordinal);
        Assert.Contains(line.Properties, property => property.Key == "Peer" && $"{property.Value}" == key);
        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task Debug_IsMadeWhereILoggerTakesIt()
    {
        using var log = new RecordingLogger();
        using var host = TestHost.Create(services =>
        {
            services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
            services.AddKillaBeez();
        });
        await host.StartAsync();

        Assert.True(host.Services.GetRequiredService<ActorSystem>().Log.IsDebugEnabled);
        await host.StopAsync();
    }
}
