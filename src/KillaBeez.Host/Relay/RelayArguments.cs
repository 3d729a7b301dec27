using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KillaBeez.Cli.Commands;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Cli.Relay;

/// <summary>How the values of the stun and turn commands are read.</summary>
internal static class RelayArguments
{
    public static Option<IPEndPoint[]> Listen() => new("--listen")
    {
        Description = "Where to listen, over UDP and TCP; may be given several times. Port 0 takes a free one.",
        HelpName = "IP[:PORT]",
        CustomParser = result => ParseEndPoints(result, StunPorts.Plain),
        DefaultValueFactory = _ => [new IPEndPoint(IPAddress.Any, StunPorts.Plain)],
        Arity = ArgumentArity.OneOrMore,
    };

    public static IPEndPoint[] ParseEndPoints(ArgumentResult result, int defaultPort) => ParseAll(
        result,
        text => TryParseEndPoint(text, defaultPort),
        text => $"'{text}' is not an address to listen on: it looks like 0.0.0.0:{defaultPort} or [::]:{defaultPort}.");

    public static IPAddress[] ParseAddresses(ArgumentResult result) => ParseAll(
        result,
        text => IsWhole(text) && IPAddress.TryParse(text, out var address) ? address : null,
        text => $"'{text}' is not an IP address.");

    public static IPNetwork[] ParseNetworks(ArgumentResult result) =>
        [.. ParseAll(
            result,
            text => IsWhole(text) && IPNetwork.TryParse(text, out var network) ? (object)network : null,
            text => $"'{text}' is not a network: it looks like 10.1.0.0/16 or fd00::/8.").Cast<IPNetwork>()];

    public static KeyValuePair<string, string>[] ParseUsers(ArgumentResult result) =>
        [.. ParseAll(
            result,
            text => text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon < text.Length - 1
                ? (object)KeyValuePair.Create(text[..colon], text[(colon + 1)..])
                : null,
            // The text may be a password: it is not repeated.
            _ => "A user is given as NAME:PASSWORD.").Cast<KeyValuePair<string, string>>()];

    /// <summary>Two ports with a hyphen between them.</summary>
    public static (int Min, int Max)? ParsePorts(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var parts = text.Split('-');
        if (parts.Length == 2
            && ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var min)
            && ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var max)
            && min > 0
            && min <= max)
        {
            return (min, max);
        }

        result.AddError($"'{text}' is not a range of ports: it looks like 49152-65535.");
        return null;
    }

    /// <summary>The secrets of a file, a line each; empty lines and those that start with # are passed over.</summary>
    public static string[] ReadSecrets(string path)
    {
        try
        {
            var secrets = File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToArray();
            return secrets.Length > 0
                ? secrets
                : throw new CliException($"{path} holds no secret: put one into it, such as 'openssl rand -hex 32' prints.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"Cannot read the secret from {path}: {e.Message}", e);
        }
    }

    /// <summary>A certificate with its private key: one PEM file with both, two PEM files, or PKCS #12 without password.</summary>
    public static X509Certificate2 ReadCertificate(string path, string? keyPath)
    {
        try
        {
            return keyPath is null && Path.GetExtension(path).ToUpperInvariant() is ".PFX" or ".P12"
                ? X509CertificateLoader.LoadPkcs12FromFile(path, password: null)
                : X509Certificate2.CreateFromPemFile(path, keyPath ?? path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException($"Cannot read a certificate with its private key from {path}: {e.Message} Give the key with --tls-key if it is in a file of its own.", e);
        }
    }

    private static IPEndPoint? TryParseEndPoint(string text, int defaultPort)
    {
        if (!IsWhole(text))
        {
            return null;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            return new IPEndPoint(address, defaultPort);
        }

        return IPEndPoint.TryParse(text, out var endPoint) ? endPoint : null;
    }

    /// <summary>
    /// Whether an address is written in full. The system would read "10" as 0.0.0.10, which nobody means who forgets
    /// half of 10.0.0.0/8, or gives a port alone.
    /// </summary>
    private static bool IsWhole(string text) => text.Contains("::", StringComparison.Ordinal) || text.Count(c => c == '.') == 3 || text.Count(c => c == ':') >= 7;

    private static T[] ParseAll<T>(ArgumentResult result, Func<string, T?> parse, Func<string, string> explain)
        where T : class
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (parse(token.Value) is { } value)
            {
                values.Add(value);
            }
            else
            {
                result.AddError(explain(token.Value));
            }
        }

        return [.. values];
    }
}
