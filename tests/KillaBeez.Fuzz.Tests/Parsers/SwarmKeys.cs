namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>Identities that are the same in every run, so that an input means the same in every run.</summary>
internal static class SwarmKeys
{
    public static KeyPair Alice { get; } = KeyPair.FromSeed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    public static KeyPair Bob { get; } = KeyPair.FromSeed([.. Enumerable.Repeat((byte)0x42, 32)]);

    public static KeyPair Carol { get; } = KeyPair.FromSeed([.. Enumerable.Repeat((byte)0x43, 32)]);

    /// <summary>Ids in ascending order, as network maps want them.</summary>
    public static PeerId[] Sorted { get; } = [.. new[] { Alice.Id, Bob.Id, Carol.Id }.Order()];
}
