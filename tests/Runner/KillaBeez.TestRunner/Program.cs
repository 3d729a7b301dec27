using System.Runtime.InteropServices;
using KillaBeez.TestRunner;

if (!RunnerOptions.TryParse(args, out var options, out var error))
{
    Console.Error.WriteLine($"test: {error}");
    return 2;
}

// The first signal ends the children and prints what had come of them; the second ends this process as it always does.
using var stop = new CancellationTokenSource();
void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);

var isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
return await new Suite(options!).RunAsync(Console.Out, new Progress(Console.Out, isTerminal, isTerminal ? Console.WindowWidth : 0), stop.Token);
