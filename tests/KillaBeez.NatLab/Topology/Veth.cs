using KillaBeez.NatLab.Namespaces;

namespace KillaBeez.NatLab.Topology;

/// <summary>A cable between two namespaces. Both ends are down until they have addresses.</summary>
internal static class Veth
{
    public static Task LinkAsync(NetworkNamespace one, string oneDevice, NetworkNamespace other, string otherDevice) =>
        LabCommand.RunAsync(
            "ip",
            ["link", "add", oneDevice, "netns", one.Name, "type", "veth", "peer", "name", otherDevice, "netns", other.Name]);
}
