using KillaBeez.TestRunner;

if (!RunnerOptions.TryParse(args, out var options, out var error))
{
    Console.Error.WriteLine($"test: {error}");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

try
{
    return await Suite.RunAsync(options!, Console.Out, stop.Token);
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("test: stopped");
    return 130;
}
