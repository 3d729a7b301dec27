using Akka.Configuration;

namespace KillaBeez.Actors.Nodes;

/// <summary>The key of a node, and whether the node is the one who disposes it.</summary>
internal sealed record NodeIdentity(KeyPair KeyPair, bool IsOwned) : IDisposable
{
    /// <summary>The key that the options give; else that of the key file, which is made where it is missing; else a new one.</summary>
    /// <param name="options">What a node is made with.</param>
    /// <param name="keyFileSetting">What HOCON calls the key file, where the node's settings are from there.</param>
    /// <exception cref="KillaBeezException">The key file is damaged.</exception>
    /// <exception cref="IOException">The key file cannot be read or written.</exception>
    /// <exception cref="ConfigurationException">One of the two, where HOCON has a name for it.</exception>
    public static NodeIdentity Of(SwarmOptions options, string? keyFileSetting)
    {
        if (options is { KeyPair: { } given })
        {
            return new NodeIdentity(given, IsOwned: false);
        }

        if (options is not { KeyFile: { } file })
        {
            return new NodeIdentity(KeyPair.Generate(), IsOwned: true);
        }

        try
        {
            return new NodeIdentity(LoadOrMake(file), IsOwned: true);
        }
        catch (Exception e) when (keyFileSetting is not null
            && e is IOException or UnauthorizedAccessException or KillaBeezException { Error: KillaBeezError.InvalidKey })
        {
            throw new ConfigurationException(
                $"{keyFileSetting} is '{file}', but it is a key file, or a new file in a folder that exists and may be written to: {e.Message}", e);
        }
    }

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
