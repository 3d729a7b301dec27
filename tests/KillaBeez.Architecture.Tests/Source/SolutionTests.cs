using System.Xml.Linq;

namespace KillaBeez.Architecture.Tests.Source;

public sealed class SolutionTests
{
    [Fact]
    public void Solution_HasEveryProject()
    {
        var solution = Repository.ReadText("KillaBeez.sln").Replace('\\', '/');
        var missing = from folder in new[] { "src", "tests", "benchmarks", "examples" }
                      from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories)
                      let relative = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
                      where !solution.Contains($"\"{relative}\"", StringComparison.Ordinal)
                      select relative;

        Findings.AssertNone(missing);
    }

    [Fact]
    public void Packages_HaveTheirVersionsInOnePlace()
    {
        var versioned = from folder in new[] { "src", "tests", "benchmarks", "examples" }
                        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories)
                        from reference in XDocument.Load(file).Descendants("PackageReference")
                        where reference.Attribute("Version") is not null || reference.Element("Version") is not null
                        select $"{file}: {(string?)reference.Attribute("Include")}";

        Findings.AssertNone(versioned);
    }
}
