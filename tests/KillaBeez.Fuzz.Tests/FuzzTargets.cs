using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Fuzz.Tests.Parsers;
using KillaBeez.Fuzz.Tests.Stateful;

namespace KillaBeez.Fuzz.Tests;

/// <summary>Everything that is fuzzed.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. StunTargets.All,
        .. SctpTargets.All,
        .. RelayTargets.All,
        .. DescriptionTargets.All,
        .. SignalTargets.All,
        .. SwarmTargets.All,
        new SctpAssociationTarget(),
        new IceAgentTarget(),
        new TurnTarget(),
        new MuxTarget(),
        new SessionTarget(),
        new PeerConnectionTarget(),
    ];

    public static FuzzTarget Named(string name) =>
        All.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException($"there is no target {name}; there are {string.Join(", ", All.Select(target => target.Name))}");
}
