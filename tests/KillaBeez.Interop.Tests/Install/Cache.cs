using System.Security.Cryptography;

namespace KillaBeez.Interop.Tests.Install;

/// <summary>Where installed peers are kept between runs, by the content of what they are installed from.</summary>
internal static class Cache
{
    public static string Root { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "killabeez-interop");

    /// <summary>
    /// The folder that <paramref name="install"/> fills from the files; filled only once, also where several
    /// processes ask at the same time.
    /// </summary>
    public static async Task<string> GetAsync(string name, IReadOnlyList<string> files, Func<string, Task> install)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(await File.ReadAllBytesAsync(file));
        }

        var folder = Path.Combine(Root, $"{name}-{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8))}");
        var stamp = Path.Combine(folder, ".complete");
        Directory.CreateDirectory(Root);
        await using (await WaitForLock.AcquireAsync(Path.Combine(Root, name + ".lock")))
        {
            if (!File.Exists(stamp))
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                Directory.CreateDirectory(folder);
                await install(folder);
                await File.WriteAllTextAsync(stamp, "");
            }
        }

        return folder;
    }
}
