using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Install;

/// <summary>The stacks that npm has, at the versions of the lock file.</summary>
internal static class NodePackages
{
    private static readonly string[] Files = ["package.json", "package-lock.json", ".npmrc"];

    /// <summary>The agents' programs.</summary>
    public static string Programs { get; } = Path.Combine(AppContext.BaseDirectory, "Peers", "node");

    /// <summary>The folder that holds node_modules.</summary>
    /// <exception cref="PeerMissingException">They cannot be installed.</exception>
    public static async Task<string> GetAsync()
    {
        if (Tool.Find("npm") is null || Tool.Find("node") is null)
        {
            await DebianPackages.EnsureAsync("/usr/bin/npm", "nodejs", "npm");
        }

        string[] sources = [.. Files.Select(name => Path.Combine(Programs, name))];
        return await Cache.GetAsync("node", sources, async folder =>
        {
            foreach (var source in sources)
            {
                File.Copy(source, Path.Combine(folder, Path.GetFileName(source)));
            }

            await Tool.RunAsync("npm", ["ci"], Patience.ForMuch, folder);
        });
    }
}
