using System.CommandLine;

namespace KillaBeez.Cli.Commands;

/// <summary><c>killabeez keygen [--out FILE]</c>: makes a node's key.</summary>
internal static class KeygenCommand
{
    public static Command Create()
    {
        var outFile = new Option<string?>("--out")
        {
            Description = "The file to write the key pair to, readable by its owner only. An existing file is never overwritten. Without it the key is only shown.",
            HelpName = "FILE",
        };
        var command = new Command("keygen", "Make a key pair; prints its public key, which is the node's id.") { outFile };
        command.SetAction(result =>
        {
            Run(result.GetValue(outFile), result.InvocationConfiguration.Output);
            return CommandLine.Success;
        });
        return command;
    }

    private static void Run(string? path, TextWriter output)
    {
        using var pair = KeyPair.Generate();
        if (path is null)
        {
            // Without a file the pair would be lost, so the secret is shown too: that is what was asked for.
            Span<byte> seed = stackalloc byte[KeyPair.SeedBytes];
            pair.CopySeedTo(seed);
            output.WriteLine($"key  {pair.Id}");
            output.WriteLine($"seed {Convert.ToHexStringLower(seed)}");
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
            return;
        }

        Save(path, pair);
        output.WriteLine(pair.Id);
    }

    private static void Save(string path, KeyPair pair)
    {
        if (Path.Exists(path))
        {
            throw new CliException($"{path} exists and is not overwritten: choose another --out, or delete it if its key is no longer needed.");
        }

        try
        {
            KeyFile.Save(path, pair);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The key could not be written to {path}: {e.Message}", e);
        }
    }

    /// <summary>Loads the key of a command that takes <c>--key FILE</c>.</summary>
    public static KeyPair Load(string path)
    {
        try
        {
            return KeyFile.Load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The key file {path} cannot be read: {e.Message} ('killabeez keygen --out {path}' makes one.)", e);
        }
    }
}
