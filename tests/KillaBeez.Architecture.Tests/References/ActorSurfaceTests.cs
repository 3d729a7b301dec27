using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace KillaBeez.Architecture.Tests.References;

/// <summary>
/// The swarm's actors also compile against Akka.NET, so they use nothing that only KillaBeez.Runtime has. Whether
/// every member is shared, only that build can tell; these tests hold the line where the package is not at hand.
/// </summary>
public sealed class ActorSurfaceTests
{
    private const string Runtime = "KillaBeez.Runtime";

    /// <summary>
    /// The public types of KillaBeez.Runtime that Akka.NET 1.5 has too, with the same meaning. A new one belongs here
    /// when a build with <c>-p:ActorRuntime=Akka</c> has shown it, or in <see cref="_onlyOurs"/>.
    /// </summary>
    private static readonly HashSet<string> _shared =
    [
        "ActorBase", "ActorInitializationException", "ActorKilledException", "ActorPath", "ActorRefExtensions", "ActorRefs",
        "ActorSystem", "AllForOneStrategy", "AskTimeoutException", "Backoff", "BackoffOptions", "BackoffSupervisor",
        "CoordinatedShutdown", "DeadLetter", "DeathPactException", "Directive", "Done", "EventStream", "Futures",
        "IActorContext", "IActorRef", "IActorRefFactory", "ICanTell", "ICancelable", "IScheduler", "IStash", "ITimeProvider",
        "ITimerScheduler", "IWithStash", "IWithTimers", "IWithUnboundedStash", "IllegalActorStateException",
        "InvalidActorNameException", "Kill", "OneForOneStrategy", "PipeToSupport", "PoisonPill", "PostRestartException",
        "Props", "Receive", "ReceiveActor", "ReceiveTimeout", "Status", "SupervisorStrategy", "Terminated",
        "UnhandledMessage", "UntypedActor", "UntypedReceive",
    ];

    private static readonly HashSet<string> _onlyOurs = ["Simulation"];

    /// <summary>What is compiled for both runtimes.</summary>
    public static TheoryData<string> OnBothRuntimes => ["KillaBeez.Actors", "KillaBeez.Hosting", "KillaBeez.Host"];

    [Fact]
    public void Runtime_PublicTypes_AreKnownToBeSharedOrOurs()
    {
        var unknown = Repository.Load(Runtime).GetExportedTypes()
            .Where(t => !t.IsNested && (t.Namespace != Runtime || !(_shared.Contains(t.Name) || _onlyOurs.Contains(t.Name))))
            .Select(t => $"{t.FullName}: does Akka.NET 1.5 have it too?");

        Findings.AssertNone(unknown);
    }

    [Theory]
    [MemberData(nameof(OnBothRuntimes))]
    public void Assembly_UsesOfTheRuntime_OnlyWhatAkkaHasToo(string project)
    {
        var foreign = TypesOfTheRuntimeIn(Repository.Load(project))
            .Where(t => t.Namespace != Runtime || !_shared.Contains(t.Name))
            .Select(t => $"{project} uses {t.Namespace}.{t.Name}, which Akka.NET does not have");

        Findings.AssertNone(foreign);
    }

    /// <summary>The rule above finds what it looks for: the TestKit does use the simulation.</summary>
    [Fact]
    public void TypesOfTheRuntime_OfTheTestKit_HaveTheSimulation() =>
        Assert.Contains((Runtime, "Simulation"), TypesOfTheRuntimeIn(Repository.Load("KillaBeez.TestKit")));

    [Theory]
    [MemberData(nameof(OnBothRuntimes))]
    public void Runtime_ShowsItsInternals_ToNothingThatRunsOnAkka(string project)
    {
        var friends = Repository.Load(Runtime).GetCustomAttributes<InternalsVisibleToAttribute>().Select(a => a.AssemblyName);

        Assert.DoesNotContain(Repository.Load(project).GetName().Name, friends);
    }

    [Fact]
    public void ActorSources_NameNoRuntime()
    {
        var found = from file in Repository.Sources("src/KillaBeez.Actors")
                    from line in Repository.ReadLines(file).Select((text, i) => (Text: text, Number: i + 1))
                    where Regex.IsMatch(line.Text, @"\bKillaBeez\.Runtime\b|\bAkka\.|^\s*#\s*(if|elif|else|define)\b")
                    select $"{file}:{line.Number}: {line.Text.Trim()} (the build chooses the runtime)";

        Findings.AssertNone(found);
    }

    /// <summary>A build on Akka.NET passes over what needs our own runtime; each such project has to say so.</summary>
    [Fact]
    public void Projects_ThatNeedOurRuntime_SaySo()
    {
        string[] ours = [Runtime, "KillaBeez.TestKit"];
        string[] exempt = ["KillaBeez.Actors", "KillaBeez.Runtime.Tests"];
        var silent = from folder in new[] { "src", "tests", "benchmarks" }
                     from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories)
                     let project = XDocument.Load(file)
                     where !exempt.Contains(Path.GetFileNameWithoutExtension(file))
                     where project.Descendants("ProjectReference")
                         .Any(r => ours.Contains(Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/'))))
                     where project.Descendants("NeedsKillaBeezRuntime").All(p => p.Value != "true")
                     select $"{file} references the runtime or the TestKit: set NeedsKillaBeezRuntime";

        Findings.AssertNone(silent);
    }

    private static List<(string Namespace, string Name)> TypesOfTheRuntimeIn(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        return
        [
            .. from handle in metadata.TypeReferences
               let type = metadata.GetTypeReference(handle)
               where type.ResolutionScope.Kind == HandleKind.AssemblyReference
               let scope = metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope)
               where metadata.GetString(scope.Name) == Runtime
               select (metadata.GetString(type.Namespace), metadata.GetString(type.Name).Split('`')[0]),
        ];
    }
}
