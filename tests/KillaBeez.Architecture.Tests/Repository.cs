using System.Reflection;

namespace KillaBeez.Architecture.Tests;

/// <summary>The checkout that the tests run in, and the assemblies that were built from it.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The product's projects: name, folder.</summary>
    public static IReadOnlyList<(string Name, string Folder)> Products { get; } =
        [.. from project in Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            orderby project
            select (Path.GetFileNameWithoutExtension(project), Path.GetDirectoryName(project)!)];

    /// <summary>Every C# source file below a folder, generated ones not, as paths relative to the root.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
        orderby relative
        select relative;

    public static string[] ReadLines(string relativePath) => File.ReadAllLines(Path.Combine(Root, relativePath));

    public static string ReadText(string relativePath) => File.ReadAllText(Path.Combine(Root, relativePath)).ReplaceLineEndings("\n");

    /// <summary>The compiled assembly of a product's project.</summary>
    public static Assembly Load(string project) => Assembly.Load(project == "KillaBeez.Host" ? "killabeez" : project);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KillaBeez.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run from inside the checkout: there is no KillaBeez.sln above them.");
    }
}
