using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Messages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KillaBeez.Hosting.Tests.Docs;

/// <summary>The examples of docs/hosting.md, compiled; <see cref="HostingDocsTests"/> compares the two and runs them.</summary>
internal static class HostingExamples
{
    public static void Akka(HostApplicationBuilder builder)
    {
        // <akka>
        builder.Services.AddAkka("app", akka => akka
            .ConfigureLoggers(loggers => loggers.AddLoggerFactory())
            .WithKillaBeez(builder.Configuration.GetSection("KillaBeez"))
            .WithKillaBeezHealthChecks()
            .WithActors((system, registry) => registry.Register<Greeter>(system.ActorOf(Props.Create(() => new Greeter(registry.Get<KillaBeezSwarm>()))))));
        // </akka>
    }

    public static void Plain(HostApplicationBuilder builder)
    {
        // <plain>
        builder.Services.AddKillaBeez(options => options.Exchanges.Add(new Uri("ws://127.0.0.1:6688")));
        builder.Services.AddHealthChecks().AddKillaBeez();
        builder.Services.AddHostedService<Chat>();
        // </plain>
    }

    public static async Task StreamsAsync(ActorSystem system, PeerId peer, CancellationToken cancellationToken)
    {
        // <streams>
        SwarmNode node = await KillaBeezSwarm.Get(system).Started.WaitAsync(cancellationToken);
        await KillaBeezSwarm.Get(system).Streams.BindAndHandle("echo", Flow.Create<ReadOnlyMemory<byte>>());
        await Source.Single<ReadOnlyMemory<byte>>("hello"u8.ToArray())
            .Via(KillaBeezSwarm.Get(system).Streams.Open(peer, "echo"))
            .RunForeach(bytes => Console.WriteLine($"{node.Id} heard {bytes.Length} bytes"), system.Materializer());
        // </streams>
    }
}

// <greeter>
internal sealed class Greeter : ReceiveActor
{
    public Greeter(IActorRef swarm)
    {
        Receive<PeerId>(key => swarm.Tell(new OpenSubstream(key, "greeting")));
        ReceiveAsync<SubstreamOpened>(async opened =>
        {
            await using var substream = opened.Substream;
            await substream.Output.WriteAsync("hello"u8.ToArray());
            await substream.Output.CompleteAsync();
        });
        Receive<SubstreamRefused>(refused => Context.GetLogger().Warning("{Peer} was not greeted: {Reason}", refused.To, refused.Reason));
    }
}
// </greeter>

// <chat>
internal sealed class Chat(SwarmHost swarm) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        SwarmNode node = await swarm.StartedAsync(stoppingToken);
        await foreach (var e in node.Events.WithCancellation(stoppingToken))
        {
            Console.WriteLine(e);
        }
    }
}
// </chat>
