namespace KillaBeez.Architecture.Tests.PublicApi;

/// <summary>
/// What users may call is written down, one file an assembly. A change of it is a decision: look at the
/// difference, and if it is meant, approve it with <c>KILLABEEZ_APPROVE=1 ./killabeez test PublicApi</c>.
/// </summary>
public sealed class PublicApiTests
{
    private const string ApproveVariable = "KILLABEEZ_APPROVE";

    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "KillaBeez.Architecture.Tests", "PublicApi", "Approved");

    public static TheoryData<string> Projects => [.. Repository.Products.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_PublicApi_IsTheApprovedOne(string project)
    {
        var actual = ApiListing.Of(Repository.Load(project));
        var path = Path.Combine(_folder, project + ".txt");
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            Approve(path, actual);
        }

        var approved = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";

        Assert.True(approved == actual, Explain(project, approved.Split('\n'), actual.Split('\n')));
    }

    [Fact]
    public void ApprovedFiles_AreOfProjectsThatExist() =>
        Assert.Empty(Directory.EnumerateFiles(_folder).Select(Path.GetFileNameWithoutExtension).Except(Repository.Products.Select(p => p.Name)));

    [Fact]
    public void Program_HasNoPublicApi() => Assert.Empty(ApiListing.Of(Repository.Load("KillaBeez.Host")));

    private static void Approve(string path, string listing)
    {
        if (listing.Length > 0)
        {
            File.WriteAllText(path, listing);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static string Explain(string project, string[] approved, string[] actual) =>
        $"The public API of {project} is not the approved one. If this is meant: {ApproveVariable}=1 ./killabeez test PublicApi\n"
        + string.Concat(approved.Except(actual).Select(line => $"- {line}\n"))
        + string.Concat(actual.Except(approved).Select(line => $"+ {line}\n"));
}
