using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Install;

/// <summary>The stacks that Debian has, installed where this process is root.</summary>
internal static class DebianPackages
{
    /// <summary>Makes sure that a file is there that comes with the packages.</summary>
    /// <exception cref="PeerMissingException">It is not, and cannot be installed.</exception>
    public static async Task EnsureAsync(string file, params string[] packages)
    {
        Directory.CreateDirectory(Cache.Root);
        await using var held = await WaitForLock.AcquireAsync(Path.Combine(Cache.Root, "apt.lock"));
        if (Path.Exists(file))
        {
            return;
        }

        if (Tool.Find("apt-get") is null || !Environment.IsPrivilegedProcess)
        {
            throw new PeerMissingException($"{string.Join(' ', packages)} is not installed ({file} is missing; as root, apt-get would be used)");
        }

        var environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };
        string[] install = ["install", "-q", "-y", "--no-install-recommends", .. packages];
        try
        {
            await Tool.RunAsync("apt-get", install, Patience.ForMuch, environment: environment);
        }
        catch (PeerMissingException)
        {
            // The lists may be older than the archive.
            await Tool.RunAsync("apt-get", ["update", "-q"], Patience.ForMuch, environment: environment);
            await Tool.RunAsync("apt-get", install, Patience.ForMuch, environment: environment);
        }

        if (!Path.Exists(file))
        {
            throw new PeerMissingException($"{string.Join(' ', packages)} installed no {file}");
        }
    }
}
