using Xunit.Abstractions;
using Xunit.Sdk;

namespace KillaBeez.Architecture.Tests.Runner;

/// <summary>
/// A test for <see cref="ProjectRunTests"/> to run in a process of its own: what the runner does with tests that pass, fail
/// and never end can be seen with real ones only. In every other run it does not exist.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("KillaBeez.Architecture.Tests.Runner.UnderTheRunnerDiscoverer", "KillaBeez.Architecture.Tests")]
internal sealed class UnderTheRunnerAttribute : FactAttribute
{
    public const string Variable = "KILLABEEZ_TESTS_UNDER_THE_RUNNER";
}

internal sealed class UnderTheRunnerDiscoverer(IMessageSink diagnosticMessageSink) : IXunitTestCaseDiscoverer
{
    private readonly FactDiscoverer _facts = new(diagnosticMessageSink);

    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        Environment.GetEnvironmentVariable(UnderTheRunnerAttribute.Variable) is null ? [] : _facts.Discover(discoveryOptions, testMethod, factAttribute);
}
