using System.Net;
using System.Net.Sockets;
using KillaBeez.Cli.Commands;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.Cli.Relay;

/// <summary>Finds the address that relayed data leaves from where none was given.</summary>
internal static class RelayAddresses
{
    /// <summary>
    /// Nothing where an address is given or follows from where the server listens; else the only address of this machine.
    /// </summary>
    /// <exception cref="CliException">There are several, or none.</exception>
    public static IReadOnlyList<IPAddress> Choose(IReadOnlyList<IPAddress> given, IReadOnlyList<IPEndPoint> listen) =>
        given.Count > 0 || listen.Any(e => !IsAny(e.Address)) ? given : [Choose(LocalAddresses.Enumerate(allowLoopback: false))];

    internal static IPAddress Choose(IReadOnlyList<IPAddress> machine)
    {
        var candidates = machine.Where(a => a.AddressFamily == AddressFamily.InterNetwork).ToList();
        return candidates is [var only]
            ? only
            : throw new CliException(candidates.Count == 0
                ? "This machine has no IPv4 address of its own: say with --relay-address which address relayed data leaves from."
                : $"This machine has several addresses: say with --relay-address which of them relayed data leaves from: {string.Join(", ", candidates)}.");
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
