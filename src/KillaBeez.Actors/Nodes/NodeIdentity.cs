namespace KillaBeez.Actors.Nodes;

/// <summary>The key of a node, and whether the node is the one who disposes it.</summary>
internal sealed record NodeIdentity(KeyPair KeyPair, bool IsOwned) : IDisposable
{
    /// <summary>The key that the options give; else that of the key file, which is made where it is missing; else a new one.</summary>
    /// <exception cref="KillaBeezException">The key file is damaged.</exception>
    /// <exception cref="IOException">The key file cannot be read or written.</exception>
    public static NodeIdentity Of(SwarmOptions options) => options switch
    {
        { KeyPair: { } given } => new NodeIdentity(given, IsOwned: false),
        { KeyFile: { } file } => new NodeIdentity(LoadOrMake(file), IsOwned: true),
        _ => new NodeIdentity(KeyPair.Generate(), IsOwned: true),
    };

    public void Dispose()
    {
        if (IsOwned)
        {
            KeyPair.Dispose();
        }
    }

    private static KeyPair LoadOrMake(string file)
    {
        if (File.Exists(file))
        {
            return KeyFile.Load(file);
        }

        var pair = KeyPair.Generate();
        try
        {
            KeyFile.Save(file, pair);
            return pair;
        }
        catch
        {
            pair.Dispose();
            throw;
        }
    }
}
