namespace KillaBeez.TestKit;

/// <summary>
/// What a node runs on. It dies once: a node that comes back with the same key is on another one, and what the dead one had
/// under way stays dead.
/// </summary>
internal sealed class SimulatedHost(PeerId id)
{
    public PeerId Id { get; } = id;

    public bool IsDead { get; set; }
}
