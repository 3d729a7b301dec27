using System.Xml.Linq;

namespace KillaBeez.Architecture.Tests.References;

/// <summary>Who may reference whom: the table of ARCHITECTURE.md.</summary>
public sealed class ReferenceTableTests
{
    /// <summary>What each project may reference directly. A project that is not here must be added on purpose.</summary>
    private static readonly Dictionary<string, string[]> _table = new()
    {
        ["KillaBeez.Core"] = [],
        ["KillaBeez.WebRtc"] = ["KillaBeez.Core"],
        ["KillaBeez.Swarm"] = ["KillaBeez.Core"],
        ["KillaBeez.Actors"] = ["KillaBeez.Core", "KillaBeez.WebRtc", "KillaBeez.Swarm"],
        ["KillaBeez.SignalExchange"] = ["KillaBeez.Core", "KillaBeez.Swarm"],
        ["KillaBeez.Turn"] = ["KillaBeez.Core", "KillaBeez.WebRtc"],
        ["KillaBeez.Hosting"] = ["KillaBeez.Core", "KillaBeez.WebRtc", "KillaBeez.Swarm", "KillaBeez.Actors"],
        ["KillaBeez.TestKit"] = ["KillaBeez.Core", "KillaBeez.WebRtc", "KillaBeez.Swarm", "KillaBeez.Actors"],
        ["KillaBeez.TestKit.Xunit2"] = ["KillaBeez.Core", "KillaBeez.WebRtc", "KillaBeez.Swarm", "KillaBeez.Actors"],
        ["KillaBeez.Host"] = ["KillaBeez.Core", "KillaBeez.WebRtc", "KillaBeez.Swarm", "KillaBeez.Actors", "KillaBeez.SignalExchange", "KillaBeez.Turn", "KillaBeez.Hosting", "KillaBeez.TestKit"],
    };

    public static TheoryData<string> Projects => [.. Repository.Products.Select(p => p.Name)];

    [Fact]
    public void Table_NamesEveryProject() =>
        Assert.Equal(_table.Keys.Order(StringComparer.Ordinal), Repository.Products.Select(p => p.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_References_OnlyWhatTheTableAllows(string project)
    {
        var referenced = Repository.Load(project).GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(name => name.StartsWith("KillaBeez", StringComparison.OrdinalIgnoreCase));

        Assert.Empty(referenced.Except(_table[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_References_OnlyWhatTheTableAllows(string project)
    {
        var folder = Repository.Products.Single(p => p.Name == project).Folder;
        var declared = XDocument.Load(Path.Combine(folder, project + ".csproj"))
            .Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

        Assert.Empty(declared.Except(_table[project]));
    }

    [Theory]
    [InlineData("KillaBeez.Core")]
    [InlineData("KillaBeez.WebRtc")]
    [InlineData("KillaBeez.Swarm")]
    [InlineData("KillaBeez.Turn")]
    public void Engines_UseNothingButTheBaseClassLibrary(string project)
    {
        // Core signs and verifies through Sodium.Core, the package that brings libsodium (docs/adr/0011); whoever else
        // needs cryptography calls Core's wrappers, which know what must be zeroed and what must not throw.
        string[] allowed = project == "KillaBeez.Core" ? ["Sodium.Core"] : [];
        var foreign = Repository.Load(project).GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(name => !name.StartsWith("System", StringComparison.Ordinal) && !name.StartsWith("KillaBeez", StringComparison.Ordinal));

        Assert.Empty(foreign.Except(allowed));
    }

    [Fact]
    public void Hosting_NeedsNoAspNetCore() =>
        Assert.DoesNotContain(Repository.Load("KillaBeez.Hosting").GetReferencedAssemblies(), a => a.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void SodiumCore_IsReferencedByCoreAlone() =>
        Assert.Equal(
            ["KillaBeez.Core"],
            Repository.Products.Select(p => p.Name).Where(name => Repository.Load(name).GetReferencedAssemblies().Any(a => a.Name == "Sodium.Core")));

    [Fact]
    public void SodiumCore_BringsItsNativeLibrariesToWhoeverReferencesCore()
    {
        // Any of these on the reference would keep libsodium out of the build of an application.
        var core = Repository.Products.Single(p => p.Name == "KillaBeez.Core");
        var reference = Assert.Single(
            XDocument.Load(Path.Combine(core.Folder, "KillaBeez.Core.csproj")).Descendants("PackageReference"),
            r => (string?)r.Attribute("Include") == "Sodium.Core");

        Assert.Equal(["Include"], reference.Attributes().Select(a => a.Name.LocalName));
        Assert.Empty(reference.Elements());
    }

    [Theory]
    [InlineData("KillaBeez.Core")]
    [InlineData("KillaBeez.Swarm")]
    public void PureProjects_OpenNoSocketAndStartNoThread(string project)
    {
        string[] forbidden = ["System.Net.Sockets", "System.Threading.Thread", "System.Net.WebSockets", "System.Net.WebSockets.Client", "System.Net.Http", "System.Threading.ThreadPool"];

        Assert.Empty(Repository.Load(project).GetReferencedAssemblies().Select(a => a.Name!).Intersect(forbidden));
    }

    /// <summary>What users run needs no test framework, and the exchange in the process is there so that tests need no web server.</summary>
    [Fact]
    public void TestKitOfXunit_IsReferencedByNoProduct_AndNeedsNoAspNetCore()
    {
        Assert.DoesNotContain(
            Repository.Products.Select(p => p.Name),
            name => Repository.Load(name).GetReferencedAssemblies().Any(a => a.Name == "KillaBeez.TestKit.Xunit2"));
        Assert.DoesNotContain(
            Repository.Load("KillaBeez.TestKit.Xunit2").GetReferencedAssemblies(),
            a => a.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public void Product_ReferencesNoTestProject()
    {
        // A base class of test classes is of a test framework, and has no other use: this one stands on Akka.TestKit.Xunit2.
        foreach (var (name, _) in Repository.Products.Where(p => p.Name != "KillaBeez.TestKit.Xunit2"))
        {
            Assert.DoesNotContain(Repository.Load(name).GetReferencedAssemblies(), a => a.Name!.Contains("xunit", StringComparison.OrdinalIgnoreCase));
        }
    }
}
