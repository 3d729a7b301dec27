namespace KillaBeez.TestKit;

/// <summary>
/// A test of actors and nodes in a simulated swarm, for any test framework: each test has a swarm of its own, which ends
/// with it.
/// </summary>
/// <example>
/// <code>
/// public sealed class LobbyTests() : SwarmSimulationTest(seed: 7)
/// {
///     [Fact]
///     public void Newcomer_IsGreeted()
///     {
///         var node = Swarm.AddNode();
///         var probe = CreateProbe(node);
///         probe.Send(node.System.ActorOf&lt;Lobby&gt;(), new Join());
///         probe.ExpectMsg&lt;Welcome&gt;(TimeSpan.FromSeconds(5));
///     }
/// }
/// </code>
/// </example>
public abstract class SwarmSimulationTest : IDisposable
{
    /// <summary>Starts an empty swarm.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    /// <param name="hocon">Settings for the actor system of every node; null for none.</param>
    protected SwarmSimulationTest(ulong seed = 1, string? hocon = null) => Swarm = new SimulatedSwarm(seed, hocon);

    /// <summary>The nodes, their network and their time.</summary>
    protected SimulatedSwarm Swarm { get; }

    /// <summary>Starts a probe in the actor system of a node.</summary>
    protected SimulatedProbe CreateProbe(SimulatedNode at)
    {
        ArgumentNullException.ThrowIfNull(at);
        return new SimulatedProbe(Swarm.Simulation, at.System);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the swarm.</summary>
    /// <param name="isDisposing">Whether it was asked for.</param>
    protected virtual void Dispose(bool isDisposing)
    {
        if (isDisposing)
        {
            Swarm.Dispose();
        }
    }
}
