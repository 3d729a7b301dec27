using KillaBeez.Interop.Tests.Install;

namespace KillaBeez.NatLab.Install;

/// <summary>
/// What a lab needs of the machine. Where it is not there and cannot be installed, its tests skip and name it; with
/// KILLABEEZ_NATLAB_REQUIRED set they fail.
/// </summary>
internal static class LabRequirements
{
    private const string RequiredVariable = "KILLABEEZ_NATLAB_REQUIRED";

    private static readonly (string Program, string File, string Package)[] _programs =
    [
        ("ip", "/usr/sbin/ip", "iproute2"),
        ("nft", "/usr/sbin/nft", "nftables"),
        ("conntrack", "/usr/sbin/conntrack", "conntrack"),
    ];

    /// <summary>Null where a lab can be built, else what is missing; asked for once.</summary>
    public static Task<string?> Missing { get; } = Task.Run(FindMissingAsync);

    /// <summary>Skips the test that is running where its lab could not be built.</summary>
    public static void SkipIf(string? missing)
    {
        if (missing is not null && Environment.GetEnvironmentVariable(RequiredVariable) is { Length: > 0 })
        {
            Assert.Fail($"The NAT lab is required ({RequiredVariable}), and {missing}");
        }

        Skip.If(missing is not null, missing);
    }

    /// <summary>Null where Debian's TURN server is there or could be installed, else what is missing.</summary>
    public static Task<string?> MissingCoturnAsync() => MissingProgramAsync("turnserver", "/usr/bin/turnserver", "coturn");

    private static async Task<string?> FindMissingAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "network namespaces are there on Linux only";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return "only root may make network namespaces";
        }

        foreach (var (program, file, package) in _programs)
        {
            if (await MissingProgramAsync(program, file, package) is { } missing)
            {
                return missing;
            }
        }

        // A container may be root and still be denied its own namespaces, or have a kernel without NAT in nftables.
        return await Namespaces.NamespaceTrial.RunAsync();
    }

    private static async Task<string?> MissingProgramAsync(string program, string file, string package)
    {
        if (Tool.Find(program) is not null)
        {
            return null;
        }

        try
        {
            await DebianPackages.EnsureAsync(file, package);
            return null;
        }
        catch (PeerMissingException e)
        {
            return e.Message;
        }
    }
}
