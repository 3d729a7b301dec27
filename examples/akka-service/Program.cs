using Akka.Hosting;
using KillaBeez;
using KillaBeez.Examples.AkkaService;
using KillaBeez.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

if (args is not (["coordinator", ..] or ["worker", "--coordinator", _, ..]))
{
    Console.Error.WriteLine("Usage: coordinator [--below 10000000] [--jobs 400] | worker --coordinator KEY     and settings, such as --KillaBeez:Exchanges:0 ws://127.0.0.1:6688");
    return 1;
}

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args[1..], ContentRootPath = AppContext.BaseDirectory });
var settings = builder.Configuration;
builder.Services.AddAkka("akka-service", akka => akka
    .ConfigureLoggers(loggers => loggers.AddLoggerFactory())
    .WithKillaBeez(settings.GetSection("KillaBeez"))
    .AddStartup((system, _) =>
    {
        // The node runs by now: the steps of WithKillaBeez come before this one.
        if (args[0] == "coordinator")
        {
            Coordinator.Start(system, Job.Below(settings.GetValue("below", 10_000_000), settings.GetValue("jobs", 400)));
        }
        else
        {
            Worker.Start(system, PeerId.Parse(settings["coordinator"]!));
        }
    }));
await builder.Build().RunAsync();
return 0;
