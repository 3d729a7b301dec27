using Akka.Configuration;

namespace KillaBeez.Actors.Tests.Extension;

/// <summary>An actor system of an application on real threads, which says nothing on the console.</summary>
internal sealed class RealSystem : IAsyncDisposable
{
    /// <summary>Nothing here takes longer than a second on an idle machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const string Quiet = "akka { loglevel = OFF\n stdout-loglevel = OFF\n log-dead-letters = off\n coordinated-shutdown.run-by-clr-shutdown-hook = off }";

    private RealSystem(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public KillaBeezSwarm Swarm => KillaBeezSwarm.Get(System);

    public static RealSystem Create(string hocon = "") =>
        new(ActorSystem.Create("app", ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(Quiet))));

    public async ValueTask DisposeAsync() => await System.Terminate().WaitAsync(Limit);
}
