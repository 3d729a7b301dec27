namespace KillaBeez.NatLab.Probes;

/// <summary>On what a mapping, or the admission of a datagram, depends (RFC 4787, sections 4.1 and 5).</summary>
public enum Dependence
{
    Independent,
    Address,
    AddressAndPort,
}

/// <summary>What was seen of a host's way to the internet, or <see cref="NoUdp"/>.</summary>
/// <param name="IsTranslated">The host is seen from another address than its own.</param>
/// <param name="KeepsPort">The first mapping has the host's own port.</param>
/// <param name="Mapping">Where the host's datagrams seem to come from.</param>
/// <param name="Filtering">Whose datagrams reach the host.</param>
public sealed record NatBehaviour(bool IsTranslated, bool KeepsPort, Dependence Mapping, Dependence Filtering)
{
    /// <summary>No datagram of the host got anywhere.</summary>
    public static NatBehaviour NoUdp { get; } = new(false, false, default, default);
}
