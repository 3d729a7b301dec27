using KillaBeez.Cli.Commands;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);

/// <summary>Declared so that the web SDK does not declare it public.</summary>
internal sealed partial class Program;
