using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KillaBeez.NatLab.Namespaces;
using KillaBeez.Tests;
using KillaBeez.Tests.Processes;

namespace KillaBeez.NatLab.Servers;

/// <summary>A server in a namespace. It ends with the standard input that this process holds, also if this process is killed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>For servers that do not watch their own input: runs one, and ends it at the end of the input.</summary>
    private const string WatchScript = """
        "$@" & server=$!
        exec 3<&0
        (cat <&3 >/dev/null; kill $server) &
        wait $server
        """;

    private const int MaxLogLines = 40;

    /// <summary>After this another request is sent; an answer to an earlier one counts as well.</summary>
    private static readonly TimeSpan _answerPatience = TimeSpan.FromSeconds(2);

    /// <summary>A binding request without attributes (RFC 8489, section 5).</summary>
    private static readonly byte[] _bindingRequest = [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42, .. "labs-are-fun"u8];

    private readonly string _program;
    private readonly Process _process;
    private readonly Queue<string> _log = new();

    private ServerProcess(string program, Process process)
    {
        _program = program;
        _process = process;
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
    }

    /// <summary>Starts a server and waits until it is there for everybody.</summary>
    /// <param name="network">Where it runs.</param>
    /// <param name="program">What to start.</param>
    /// <param name="arguments">How.</param>
    /// <param name="answersAt">Where it answers binding requests over UDP.</param>
    /// <param name="listensAt">Where it accepts connections over TCP.</param>
    public static async Task<ServerProcess> StartAsync(
        NetworkNamespace network, string program, IEnumerable<string> arguments, IReadOnlyList<IPEndPoint> answersAt, IReadOnlyList<IPEndPoint> listensAt)
    {
        var process = Process.Start(network.StartInfo("sh", ["-c", WatchScript, "natlab-server", program, .. arguments]))!;
        var server = new ServerProcess(program, process);
        try
        {
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            foreach (var endpoint in answersAt)
            {
                using var client = network.OpenSocket(new IPEndPoint(endpoint.Address, 0), ProtocolType.Udp);
                await WaitUntil.HoldsAsync(() => server.AnswersAsync(client, endpoint), $"{program} to answer at {endpoint}");
            }

            foreach (var endpoint in listensAt)
            {
                await WaitUntil.HoldsAsync(() => AcceptsAsync(network, endpoint), $"{program} to accept at {endpoint}");
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The last lines that it wrote.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join(Environment.NewLine, _log);
            }
        }
    }

    public async ValueTask DisposeAsync() => await _process.EndAsync();

    private async Task<bool> AnswersAsync(Socket client, IPEndPoint server)
    {
        if (_process.HasExited)
        {
            throw new LabException($"{_program} has ended:{Environment.NewLine}{Log}");
        }

        using var bound = new CancellationTokenSource(_answerPatience);
        try
        {
            await client.SendToAsync(_bindingRequest, server, bound.Token);
            var answer = new byte[512];
            var received = await client.ReceiveFromAsync(answer, server, bound.Token);

            // A binding success response begins with 0x0101.
            return received.ReceivedBytes >= 20 && answer is [0x01, 0x01, ..];
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Nobody is there yet.
            return false;
        }
    }

    private static async Task<bool> AcceptsAsync(NetworkNamespace network, IPEndPoint server)
    {
        using var client = network.OpenSocket(new IPEndPoint(server.Address, 0), ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(server);
            return true;
        }
        catch (SocketException)
        {
            // Nobody listens yet.
            return false;
        }
    }

    private void Note(string? line)
    {
        lock (_log)
        {
            if (!string.IsNullOrEmpty(line))
            {
                _log.Enqueue(line);
                if (_log.Count > MaxLogLines)
                {
                    _log.Dequeue();
                }
            }
        }
    }
}
