namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>
/// Where a socket comes from, an address or a network: what one that makes up keys cannot make up. Where it is not known,
/// nothing is shared with others by it.
/// </summary>
/// <param name="Name">The address or network in text; null where it is not known.</param>
internal readonly record struct ExchangeSource(string? Name)
{
    public bool IsKnown => Name is not null;
}
