namespace KillaBeez.Tests;

/// <summary>
/// Finds the folder of test vectors, corpora and conformance checks that lies beside the checkout. It is not
/// part of the repository: a test that needs it skips, naming the file, where it is absent.
/// </summary>
internal static class SharedFiles
{
    /// <summary>The path of a file or folder below shared/; the test is skipped where there is none.</summary>
    public static string Require(string relativePath)
    {
        var path = Find(relativePath);
        Skip.If(path is null, $"shared/{relativePath} is not there");
        return path!;
    }

    /// <summary>The path of a file or folder below shared/, or null.</summary>
    public static string? Find(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", relativePath);
            if (Path.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
