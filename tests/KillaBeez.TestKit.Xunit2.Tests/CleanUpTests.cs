using Akka.Configuration;
using Akka.Event;
using KillaBeez.Tests;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace KillaBeez.TestKit.Xunit2.Tests;

/// <summary>
/// What is left of a test when it is over: nothing. The tests of this assembly run one by one, since these look at what the
/// whole process has.
/// </summary>
public sealed class CleanUpTests
{
    private const string Sockets = "/proc/self/fd";

    [Fact]
    public async Task TestThatIsOver_HasNoNodeNoSystemAndNoSocket()
    {
        var before = OpenSockets();
        var kit = new Kit();
        await kit.InitializeAsync();
        var (a, b) = (await kit.StartPeerAsync(), await kit.StartPeerAsync());
        await a.CallAsync(kit.Node.Id).WaitAsync(Patience.Bound);
        await b.CallAsync(kit.Node.Id).WaitAsync(Patience.Bound);
        var node = kit.Node;
        if (OperatingSystem.IsLinux())
        {
            Assert.NotEmpty(OpenSockets().Except(before));
        }

        await kit.DisposeAsync().WaitAsync(Patience.Bound);
        Assert.All([node, a, b], n => Assert.True(n.WhenStopped.IsCompleted));
        Assert.Empty(OpenSockets().Except(before));
        kit.Dispose();
        Assert.True(kit.Sys.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task TestThatStoppedItsNodes_EndsAsWell()
    {
        var kit = new Kit();
        await kit.InitializeAsync();
        var peer = await kit.StartPeerAsync();
        await kit.Node.DisposeAsync();
        await peer.DisposeAsync();
        await kit.DisposeAsync().WaitAsync(Patience.Bound);
        Assert.Throws<InvalidOperationException>(() => kit.Node);
        kit.Dispose();
        Assert.True(kit.Sys.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task NodeThatCannotStart_FailsTheTestAndTheSystemEnds()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-testkit-");
        try
        {
            var kit = new Kit($"killabeez.key-file = \"{folder.FullName.Replace('\\', '/')}\"");
            await Assert.ThrowsAnyAsync<ConfigurationException>(() => kit.InitializeAsync().WaitAsync(Patience.Bound));

            // So does xunit: what could not begin is disposed only.
            kit.Dispose();
            Assert.True(kit.Sys.WhenTerminated.IsCompleted);
        }
        finally
        {
            folder.Delete();
        }
    }

    [Fact]
    public async Task Hocon_IsTheNodes()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-testkit-");
        try
        {
            var file = Path.Combine(folder.FullName, "node.key");
            var kit = new Kit($"killabeez.key-file = \"{file.Replace('\\', '/')}\"");
            await kit.InitializeAsync();
            Assert.True(File.Exists(file));
            await kit.DisposeAsync().WaitAsync(Patience.Bound);
            kit.Dispose();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task PeerThatIsStartedTooLate_IsNotLeftBehind()
    {
        var before = OpenSockets();
        var kit = new Kit();
        await kit.InitializeAsync();
        await kit.DisposeAsync().WaitAsync(Patience.Bound);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => kit.StartPeerAsync().WaitAsync(Patience.Bound));
        kit.Dispose();
        Assert.Empty(OpenSockets().Except(before));
    }

    /// <summary>Warnings and what nodes log would go to the console in Akka.NET's own TestKit, and do where HOCON says so.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("akka.stdout-logger-class = \"Akka.Event.StandardOutLogger, Akka\"", true)]
    public async Task Console_HasNothingUnlessHoconSaysSo(string hocon, bool isWritten)
    {
        var console = Console.Out;
        await using var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            var kit = new Kit($"akka.loglevel = DEBUG\n{hocon}");
            await kit.InitializeAsync();
            var peer = await kit.StartPeerAsync();
            await peer.CallAsync(kit.Node.Id).WaitAsync(Patience.Bound);
            await kit.LogAsync();
            await kit.DisposeAsync().WaitAsync(Patience.Bound);
            kit.Dispose();
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Equal(isWritten, written.ToString().Contains("somebody should know", StringComparison.Ordinal));
        Assert.Equal(isWritten, written.ToString().Contains(" is up", StringComparison.Ordinal));
        Assert.Equal(isWritten, written.ToString().Length > 0);
    }

    /// <summary>The sockets of this process by their numbers; empty where the system does not show them.</summary>
    private static string[] OpenSockets() => Directory.Exists(Sockets)
        ? [.. Directory.EnumerateFileSystemEntries(Sockets).Select(LinkTarget).Where(target => target.StartsWith("socket:", StringComparison.Ordinal))]
        : [];

    /// <summary>A descriptor may be gone meanwhile, such as the one by which the folder is read.</summary>
    private static string LinkTarget(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A test class that another test drives, as xunit drives one.</summary>
    private sealed class Kit(string? hocon = null) : SwarmTestKit(hocon)
    {
        public async Task LogAsync()
        {
            await EventFilter.DeadLetter<string>().ExpectOneAsync(Patience.Bound, () =>
            {
                Sys.DeadLetters.Tell("nobody");
                return Task.CompletedTask;
            });

            // This one no filter takes.
            Sys.Log.Warning("somebody should know");
        }
    }
}
