using System.CommandLine;
using KillaBeez.Cli.Bench;
using KillaBeez.Cli.Bench.Link;
using KillaBeez.Cli.Bench.Mesh;

namespace KillaBeez.Cli.Tests.Bench;

public sealed class BenchCommandTests
{
    private BenchLinkOptions? _link;
    private BenchMeshOptions? _mesh;

    private int Run(params string[] args)
    {
        var root = new RootCommand
        {
            BenchCommand.Create(
                (options, _, _) =>
                {
                    _link = options;
                    return Task.CompletedTask;
                },
                (options, _, _) =>
                {
                    _mesh = options;
                    return Task.CompletedTask;
                }),
        };
        return root.Parse(args).Invoke(new InvocationConfiguration { Output = TextWriter.Null, Error = TextWriter.Null });
    }

    [Fact]
    public void Link_NoOptions_MeasuresTheTwoSizesThatResultsArePublishedFor()
    {
        Assert.Equal(0, Run("bench", "link"));
        Assert.Equal([16_384, 65_536], _link!.MessageBytes);
        Assert.Equal((TimeSpan.FromSeconds(5), 2000, 10), (_link.Duration, _link.RoundTrips, _link.SetUps));
    }

    [Fact]
    public void Link_AllOptions_AreRead()
    {
        Assert.Equal(0, Run("bench", "link", "--sizes", "64,262144", "--seconds", "2", "--round-trips", "7", "--setups", "3", "--json"));
        Assert.Equal([64, 262_144], _link!.MessageBytes);
        Assert.Equal((TimeSpan.FromSeconds(2), 7, 3), (_link.Duration, _link.RoundTrips, _link.SetUps));
    }

    [Fact]
    public void Mesh_AllOptions_AreRead()
    {
        Assert.Equal(0, Run("bench", "mesh", "--nodes", "6", "--runs", "2", "--timeout", "9"));
        Assert.Equal((6, 2, TimeSpan.FromSeconds(9)), (_mesh!.Nodes, _mesh.Runs, _mesh.Timeout));
    }

    [Theory]
    [InlineData("bench", "link", "--sizes", "0")]
    [InlineData("bench", "link", "--sizes", "64,many")]
    [InlineData("bench", "link", "--sizes", "262145")]
    [InlineData("bench", "link", "--seconds", "0")]
    [InlineData("bench", "mesh", "--nodes", "1")]
    [InlineData("bench", "mesh", "--nodes", "65")]
    [InlineData("bench", "mesh", "--runs", "0")]
    [InlineData("bench", "agent", "--bind", "nowhere")]
    public void BadValues_AreRefused(params string[] args)
    {
        Assert.Equal(1, Run(args));
        Assert.Null(_link);
        Assert.Null(_mesh);
    }
}
