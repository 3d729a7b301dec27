using System.Diagnostics;
using System.Text;
using KillaBeez.Cli.Bench.Agents;
using KillaBeez.NatLab.Namespaces;
using KillaBeez.NatLab.Topology;
using KillaBeez.Tests;
using KillaBeez.Tests.Processes;

namespace KillaBeez.NatLab.Peers;

/// <summary>A peer of ours at a site: a process of <c>killabeez bench agent</c> in the host's namespace.</summary>
internal sealed class LabPeer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<AgentEvent> _events = [];
    private readonly List<Waiter> _waiters = [];
    private readonly LastLines _errors = new();
    private bool _hasEnded;

    private LabPeer(Site site, Process process)
    {
        Site = site;
        _process = process;
        process.OutputDataReceived += (_, e) => Receive(e.Data);
        process.ErrorDataReceived += (_, e) => _errors.Note(e.Data);
    }

    public Site Site { get; }

    /// <summary>Starts it with further options of the agent, and waits until it takes commands.</summary>
    public static async Task<LabPeer> StartAsync(Site site, IEnumerable<string> options)
    {
        var start = site.Host.StartInfo("dotnet", [typeof(AgentCommand).Assembly.Location, "bench", "agent", .. options]);
        start.StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        start.StandardOutputEncoding = Encoding.UTF8;
        var peer = new LabPeer(site, Process.Start(start)!);
        try
        {
            peer._process.BeginOutputReadLine();
            peer._process.BeginErrorReadLine();
            await peer.ExpectAsync<AgentEvent.Ready>(0, Patience.Bound);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public void Tell(AgentCommand command)
    {
        lock (_process)
        {
            try
            {
                _process.StandardInput.WriteLine(command.ToJson());
                _process.StandardInput.Flush();
            }
            catch (IOException)
            {
                // The process is gone; whoever waits for its answer is told.
            }
        }
    }

    /// <summary>
    /// The next event of a kind for a connection (0: for none). Several may be waited for at the same time.
    /// </summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    /// <exception cref="LabException">The peer reported an error, the connection closed, or the process ended.</exception>
    public async Task<T> ExpectAsync<T>(int id, TimeSpan patience)
        where T : AgentEvent
    {
        var waiter = new Waiter(id, typeof(T));
        lock (_lock)
        {
            if (_events.Find(waiter.IsOver) is { } e)
            {
                Take(waiter, e);
            }
            else if (_hasEnded)
            {
                waiter.Result.SetException(new LabException($"{Name} has ended.{_errors}"));
            }
            else
            {
                _waiters.Add(waiter);
            }
        }

        try
        {
            return (T)await waiter.Result.Task.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
                throw new TimeoutException($"{Name} did not say {typeof(T).Name} within {patience.TotalSeconds:0} s.{_errors}");
            }
        }
    }

    public async ValueTask DisposeAsync() => await _process.EndAsync();

    private string Name => $"The peer of the site '{Site.Kind.Title()}'";

    private void Receive(string? line)
    {
        lock (_lock)
        {
            if (line is null)
            {
                _hasEnded = true;
                _waiters.ForEach(waiter => waiter.Result.TrySetException(new LabException($"{Name} has ended.{_errors}")));
                _waiters.Clear();
            }
            else if (!AgentEvent.TryParse(line, out var e))
            {
                _errors.Note(line);
            }
            else if (e is AgentEvent.Error { Id: null } error)
            {
                // About a server: whether it matters, the connections show.
                _errors.Note(error.Msg);
            }
            else
            {
                _events.Add(e);
                foreach (var waiter in _waiters.FindAll(waiter => waiter.IsOver(e)))
                {
                    Take(waiter, e);
                    _waiters.Remove(waiter);
                }
            }
        }
    }

    /// <summary>What was waited for is taken; the end of a connection stays, for everybody who waits later.</summary>
    private void Take(Waiter waiter, AgentEvent e)
    {
        if (e is not AgentEvent.Closed || waiter.Kind == typeof(AgentEvent.Closed))
        {
            _events.Remove(e);
        }

        if (waiter.Kind.IsInstanceOfType(e))
        {
            waiter.Result.TrySetResult(e);
        }
        else
        {
            var reason = e is AgentEvent.Error error ? $"reports: {error.Msg}" : "has closed the connection";
            waiter.Result.TrySetException(new LabException($"{Name} {reason}.{_errors}"));
        }
    }

    private sealed class Waiter(int id, Type kind)
    {
        public Type Kind => kind;

        public TaskCompletionSource<AgentEvent> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether the event is what is waited for, or ends the waiting.</summary>
        public bool IsOver(AgentEvent e) => (e.Id ?? 0) == id && (kind.IsInstanceOfType(e) || e is AgentEvent.Error or AgentEvent.Closed);
    }
}
