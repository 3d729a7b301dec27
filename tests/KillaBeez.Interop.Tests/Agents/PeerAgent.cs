using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KillaBeez.Tests;
using KillaBeez.Tests.Processes;

namespace KillaBeez.Interop.Tests.Agents;

/// <summary>
/// A foreign stack in a process of its own, steered by one JSON object a line. It ends with its standard input; if it
/// does not, it is killed, with what it started.
/// </summary>
internal sealed class PeerAgent : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<JsonObject> _events = [];
    private readonly List<Waiter> _waiters = [];
    private readonly LastLines _errors = new();
    private string? _end;

    private PeerAgent(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Receive(e.Data);
        process.ErrorDataReceived += (_, e) => _errors.Note(e.Data);
    }

    /// <summary>What the stack calls itself.</summary>
    public string Version { get; private set; } = "";

    /// <summary>
    /// Whether the stack starts ICE before it has stored our fingerprint: a handshake that comes in between is refused.
    /// </summary>
    public bool MayMeetUsTooEarly { get; init; }

    public static async Task<PeerAgent> StartAsync(
        string fileName, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool mayMeetUsTooEarly = false)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var agent = new PeerAgent(Process.Start(start)!) { MayMeetUsTooEarly = mayMeetUsTooEarly };
        try
        {
            agent._process.BeginOutputReadLine();
            agent._process.BeginErrorReadLine();
            var ready = await agent.ExpectAsync(0, "ready");
            agent.Version = ready.Text("version") ?? "";
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    public void Send(JsonObject command)
    {
        lock (_lock)
        {
            if (_end is null)
            {
                _process.StandardInput.WriteLine(command.ToJsonString());
                _process.StandardInput.Flush();
            }
        }
    }

    /// <summary>
    /// The next event of a kind for a connection (0: for none) and, where given, of one channel. Fails on an error
    /// event of the connection, on the end of the process, and after a time.
    /// </summary>
    public Task<JsonObject> ExpectAsync(int id, string kind, TimeSpan? patience = null, string? label = null)
    {
        var waiter = new Waiter(id, kind, label);
        lock (_lock)
        {
            var index = _events.FindIndex(e => waiter.Wants(e) || waiter.FailsBy(e));
            if (index >= 0)
            {
                waiter.Take(_events[index]);
                _events.RemoveAt(index);
            }
            else if (_end is not null)
            {
                waiter.Fail(_end);
            }
            else
            {
                _waiters.Add(waiter);
            }
        }

        return AwaitAsync(waiter, patience ?? Patience.Bound);
    }

    /// <summary>Calls the handler for each event of a kind of a connection, from now on and in order.</summary>
    public void Subscribe(int id, string kind, Action<JsonObject> handler)
    {
        lock (_lock)
        {
            var waiter = new Waiter(id, kind, null) { Handler = handler };
            _waiters.Add(waiter);
            foreach (var earlier in _events.Where(waiter.Wants).ToList())
            {
                _events.Remove(earlier);
                handler(earlier);
            }
        }
    }

    public async ValueTask DisposeAsync() => await _process.EndAsync();

    private async Task<JsonObject> AwaitAsync(Waiter waiter, TimeSpan patience)
    {
        try
        {
            return await waiter.Result.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
                throw new TimeoutException($"The peer did not say {waiter} within {patience.TotalSeconds:0} s.{_errors}");
            }
        }
    }

    private void Receive(string? line)
    {
        lock (_lock)
        {
            if (line is null)
            {
                _end = "The peer's process has ended." + _errors;
                _waiters.ForEach(w => w.Fail(_end));
                _waiters.Clear();
                return;
            }

            if (!TryParse(line, out var received))
            {
                _errors.Note(line);
                return;
            }

            var index = _waiters.FindIndex(w => w.Wants(received) || w.FailsBy(received));
            if (index < 0)
            {
                _events.Add(received);
            }
            else if (_waiters[index].Handler is { } handler)
            {
                handler(received);
            }
            else
            {
                _waiters[index].Take(received);
                _waiters.RemoveAt(index);
            }
        }
    }

    private static bool TryParse(string line, out JsonObject received)
    {
        received = [];
        if (!line.StartsWith('{'))
        {
            return false;
        }

        try
        {
            received = JsonNode.Parse(line)!.AsObject();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private sealed class Waiter(int id, string kind, string? label)
    {
        private readonly TaskCompletionSource<JsonObject> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<JsonObject> Result => _result.Task;

        public Action<JsonObject>? Handler { get; init; }

        public bool Wants(JsonObject e) => Is(e, kind) && (label is null || e.Text("label") == label);

        public bool FailsBy(JsonObject e) => Handler is null && Is(e, "error");

        public void Take(JsonObject e)
        {
            if (Wants(e))
            {
                _result.TrySetResult(e);
            }
            else
            {
                Fail($"The peer reports an error: {e.Text("msg")}");
            }
        }

        public void Fail(string reason) => _result.TrySetException(new InvalidOperationException(reason));

        public override string ToString() => label is null ? $"'{kind}'" : $"'{kind}' of channel '{label}'";

        private bool Is(JsonObject e, string wanted) => e.Text("ev") == wanted && (id == 0 || (int?)e["id"] == id);
    }
}
