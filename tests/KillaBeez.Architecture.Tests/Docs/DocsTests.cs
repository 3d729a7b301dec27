using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace KillaBeez.Architecture.Tests.Docs;

public sealed partial class DocsTests
{
    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "examples"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "benchmarks"), "*.md", SearchOption.AllDirectories));

    [Fact]
    public void Links_LeadToFilesThatExist()
    {
        var broken = from document in Documents()
                     from link in Link().Matches(File.ReadAllText(document))
                     let target = link.Groups["target"].Value.Split('#')[0]
                     where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                     where !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target))
                     select $"{Path.GetRelativePath(Repository.Root, document)}: {target}";

        Findings.AssertNone(broken);
    }

    [Fact]
    public void Contributing_SaysWhyEachPackageIsThere()
    {
        var text = Repository.ReadText("CONTRIBUTING.md");
        var unexplained = from version in XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
                          let name = (string)version.Attribute("Include")!
                          where !text.Contains($"`{name}`", StringComparison.Ordinal)
                          select name;

        Findings.AssertNone(unexplained);
    }

    [Fact]
    public void Packages_AreReferencedByAProject()
    {
        var referenced = (from pattern in new[] { "*.csproj", "*.props", "*.targets" }
                          from file in Directory.EnumerateFiles(Repository.Root, pattern, SearchOption.AllDirectories)
                          let relative = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
                          where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
                          from reference in XDocument.Load(file).Descendants("PackageReference")
                          select (string?)reference.Attribute("Include")).ToHashSet();
        var unused = from version in XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
                     let name = (string)version.Attribute("Include")!
                     where !referenced.Contains(name)
                     select name;

        Findings.AssertNone(unused);
    }

    [Fact]
    public void Architecture_NamesEveryProject()
    {
        var text = Repository.ReadText("ARCHITECTURE.md");

        Assert.All(Repository.Products, product => Assert.Contains(product.Name, text, StringComparison.Ordinal));
    }

    [Fact]
    public void DecisionRecords_AreNumberedWithoutGaps()
    {
        var numbers = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "adr"), "*.md")
            .Select(f => int.Parse(Path.GetFileName(f)[..4], System.Globalization.CultureInfo.InvariantCulture))
            .Order()
            .ToList();

        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
