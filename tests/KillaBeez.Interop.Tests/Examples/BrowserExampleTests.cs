using System.Net;
using KillaBeez.Interop.Tests.Install;
using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Examples;

/// <summary>The example that README.md shows, with Chromium as its visitor.</summary>
public sealed class BrowserExampleTests
{
    [SkippableFact]
    public async Task Page_SaysSomethingAndLeaves_SeesItComeBackAndIsSeenToGo()
    {
        var (chromium, packages) = await RequireAsync();
        await using var server = await ExampleServer.StartAsync();

        var log = await Tool.RunAsync(
            "node", [Path.Combine(NodePackages.Programs, "page.mjs"), packages, chromium, server.Url, "hello, bees"], Patience.ForMuch);

        Assert.Equal(["connected", "hello, bees"], log.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await server.SaysAsync("chat is closed");
    }

    [Fact]
    public async Task Offer_IsNoDescription_IsABadRequestAndTheNextVisitorIsServed()
    {
        await using var server = await ExampleServer.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };

        using var refused = await client.PostAsync(new Uri("/offer", UriKind.Relative), new StringContent("hello"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        Assert.Contains("RTCPeerConnection", await client.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    private static async Task<(string Chromium, string Packages)> RequireAsync()
    {
        string? missing = null;
        try
        {
            return (await ChromiumTests.InstallAsync(), await NodePackages.GetAsync());
        }
        catch (PeerMissingException e)
        {
            missing = e.Message;
        }

        RequiredPeers.Check(missing);
        throw new InvalidOperationException("Something is missing, yet the test was neither skipped nor failed.");
    }
}
