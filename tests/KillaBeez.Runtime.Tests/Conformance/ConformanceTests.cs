#if ACTOR_CONFORMANCE
using ActorConformanceSuite;
#endif

namespace KillaBeez.Runtime.Tests;

/// <summary>The checks that Akka.NET passes; they are compiled in where their folder lies beside the checkout.</summary>
[Collection(nameof(UndisturbedCollection))]
public sealed class ConformanceTests
{
#if ACTOR_CONFORMANCE
    public static TheoryData<string> Names => [.. ActorConformance.All.Concat(ActorConformance.AkkaOnly).Select(check => check.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Runtime_ComparedWithAkka_Conforms(string name) =>
        ActorConformance.All.Concat(ActorConformance.AkkaOnly).Single(check => check.Name == name).Check();

    [Fact]
    public void Suite_WhereItIsCompiledIn_IsComplete() => Assert.True(ActorConformance.All.Count >= 208);
#else
    [SkippableFact]
    public void Runtime_ComparedWithAkka_Conforms() =>
        Skip.If(true, "shared/conformance/actors was not there when the tests were built");
#endif
}

/// <summary>Tests that measure time or keep all cores busy run alone.</summary>
[CollectionDefinition(nameof(UndisturbedCollection), DisableParallelization = true)]
public sealed class UndisturbedCollection;
