using System.CommandLine;
using KillaBeez.Cli.Bench;

namespace KillaBeez.Cli.Commands;

/// <summary>The root command, and what every command has in common: how errors are said and what is returned.</summary>
internal static class CommandLine
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>What shells report for a program that Ctrl-C ended.</summary>
    public const int Interrupted = 130;

    /// <summary>Ctrl-C and SIGTERM cancel the command; one that has not ended after this long is ended anyway.</summary>
    private static readonly TimeSpan _terminationTimeout = TimeSpan.FromSeconds(10);

    public static RootCommand Create() => new("KillaBeez: a peer-to-peer WebRTC swarm. Every node has a key, any node can be called by its key, and one call joins a node to everybody.")
    {
        DemoCommand.Create(),
        ExchangeCommand.Create(),
        NodeCommand.Create(),
        StunCommand.Create(),
        TurnCommand.Create(),
        KeygenCommand.Create(),
        BenchCommand.Create(),
    };

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = _terminationTimeout,
        };
        try
        {
            return await Create().Parse(args).InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception e) when (e is CliException or KillaBeezException)
        {
            await error.WriteLineAsync($"killabeez: {e.Message}").ConfigureAwait(false);
            return Failure;
        }
    }
}
