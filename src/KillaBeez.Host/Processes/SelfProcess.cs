using System.Diagnostics;

namespace KillaBeez.Cli.Processes;

/// <summary>How this program starts itself again.</summary>
internal static class SelfProcess
{
    /// <summary>Another process of this program, with all three standard streams piped.</summary>
    public static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        var assembly = typeof(SelfProcess).Assembly.Location;
        var self = Environment.ProcessPath;
        var isOwnExecutable = self is not null && Path.GetFileNameWithoutExtension(self) == Path.GetFileNameWithoutExtension(assembly);
        var isDotnet = self is not null && Path.GetFileNameWithoutExtension(self) == "dotnet";
        var info = new ProcessStartInfo(isOwnExecutable || isDotnet ? self! : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (!isOwnExecutable)
        {
            info.ArgumentList.Add(assembly);
        }

        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }
}
