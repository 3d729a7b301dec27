using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace KillaBeez.Tests;

/// <summary>
/// xunit's own framework, which also writes what happens, as it happens, to the file that the runner of the repository
/// names: VSTest's result file is written at the very end, and a run that is stopped or crashes has none.
/// </summary>
internal sealed class JournaledTestFramework(IMessageSink diagnosticMessageSink) : XunitTestFramework(diagnosticMessageSink)
{
    private const string PathVariable = "KILLABEEZ_TEST_JOURNAL";

    private static readonly TestJournal? _journal = OpenJournal();

    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) => _journal is null
        ? base.CreateExecutor(assemblyName)
        : new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink, _journal);

    private static TestJournal? OpenJournal()
    {
        var path = Environment.GetEnvironmentVariable(PathVariable);

        // What tests start must not write to the journal of the tests.
        Environment.SetEnvironmentVariable(PathVariable, null);
        return string.IsNullOrEmpty(path) ? null : new TestJournal(path);
    }

    private sealed class Executor(AssemblyName assemblyName, ISourceInformationProvider sourceInformation, IMessageSink diagnosticMessageSink, TestJournal journal)
        : XunitTestFrameworkExecutor(assemblyName, sourceInformation, diagnosticMessageSink)
    {
        protected override void RunTestCases(IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, new Sink(executionMessageSink, journal), executionOptions);
    }

    private sealed class Sink(IMessageSink inner, TestJournal journal) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestStarting starting:
                    journal.Started(starting.Test);
                    break;
                case ITestPassed passed:
                    journal.Passed(passed.Test);
                    break;
                case ITestSkipped skipped:
                    journal.Skipped(skipped.Test, skipped.Reason);
                    break;
                case ITestFailed failed:
                    journal.Failed(failed.Test, ExceptionUtility.CombineMessages(failed), ExceptionUtility.CombineStackTraces(failed), failed.Output);
                    break;
            }

            return inner.OnMessage(message);
        }
    }
}
