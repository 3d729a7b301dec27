namespace KillaBeez.Swarm.Admission;

/// <summary>The keys tried because one that the application called has refused: bounded, and none twice.</summary>
/// <param name="wanted">The key that the application called.</param>
/// <param name="limit">How many others.</param>
internal sealed class AdmissionJourney(PeerId wanted, int limit)
{
    private readonly HashSet<PeerId> _visited = [wanted];

    public bool TryVisit(PeerId key) => _visited.Count <= limit && _visited.Add(key);
}
