using System.Collections.Concurrent;
using System.Net;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>
/// A scriptable peer: takes <see cref="AgentCommand"/>s, says <see cref="AgentEvent"/>s. The same in this process and
/// behind another's standard streams.
/// </summary>
internal sealed class Agent : IAsyncDisposable
{
    private const int MaxConnections = 1024;

    private readonly RtcEndpoint _endpoint;
    private readonly IceTransportPolicy _policy;
    private readonly Action<AgentEvent> _report;
    private readonly ConcurrentDictionary<int, AgentConnection> _connections = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    private Agent(RtcEndpoint endpoint, AgentOptions options, Action<AgentEvent> report)
    {
        _endpoint = endpoint;
        _policy = options.IsRelayOnly ? IceTransportPolicy.Relay : IceTransportPolicy.All;
        _report = report;
    }

    /// <summary>Opens the sockets.</summary>
    /// <param name="options">Which.</param>
    /// <param name="report">Is called for every event, from any thread.</param>
    public static Agent Start(AgentOptions options, Action<AgentEvent> report)
    {
        var endpoint = RtcEndpoint.Start(new RtcEndpointOptions
        {
            AllowLoopback = true,
            BindAddresses = [.. options.Addresses.Select(address => new IPEndPoint(address, 0))],
            IceServers = options.IceServers,
            TcpPort = options.TcpPort,
            AcceptAnyServerCertificate = options.AcceptsAnyCertificate,
            Name = "bench agent",
        });
        endpoint.IceServerFailed += (_, e) => report(new AgentEvent.Error($"{e.Server}: {e.Reason}"));
        return new Agent(endpoint, options, report);
    }

    /// <summary>Begins to carry out a command; what goes wrong is an <see cref="AgentEvent.Error"/>.</summary>
    public void Handle(AgentCommand command) => Track(HandleAsync(command));

    /// <summary>Closes every connection and the sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_connections.Values.Select(connection => connection.CloseAsync())).ConfigureAwait(false);
        await Task.WhenAll(_running.Keys).ConfigureAwait(false);
        await _endpoint.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(AgentCommand command)
    {
        try
        {
            await ObeyAsync(command).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KillaBeezException or InvalidOperationException or ArgumentException)
        {
            _report(new AgentEvent.Error(e.Message) { Id = command.Id });
        }
    }

    private Task ObeyAsync(AgentCommand command) => command switch
    {
        AgentCommand.Offer => Add(command.Id).OfferAsync(),
        AgentCommand.Answer answer => Add(command.Id).AnswerAsync(answer.Sdp),
        AgentCommand.SetAnswer answer => Find(command.Id).SetAnswerAsync(answer.Sdp),
        AgentCommand.Send send => Find(command.Id).SendAsync(send),
        AgentCommand.Ping ping => Find(command.Id).PingAsync(ping),
        AgentCommand.Close => Find(command.Id).CloseAsync(),
        AgentCommand.Stats => Find(command.Id).ReportStatsAsync(),
        AgentCommand.Reoffer => Find(command.Id).ReofferAsync(),
        AgentCommand.Reanswer answer => Find(command.Id).ReanswerAsync(answer.Sdp),
        _ => throw new InvalidOperationException($"{command.GetType().Name} is not known."),
    };

    private AgentConnection Add(int id)
    {
        if (_connections.Count >= MaxConnections)
        {
            throw new InvalidOperationException($"There are {MaxConnections} connections already.");
        }

        if (_connections.ContainsKey(id))
        {
            throw new InvalidOperationException($"There is a connection {id} already.");
        }

        // Commands come one at a time, so nobody else adds this id meanwhile.
        var connection = new AgentConnection(id, _endpoint, _policy, _report);
        _connections[id] = connection;
        connection.Over += Forget;
        return connection;
    }

    private AgentConnection Find(int id) =>
        _connections.GetValueOrDefault(id) ?? throw new InvalidOperationException($"There is no connection {id}.");

    private void Forget(AgentConnection connection)
    {
        if (_connections.TryRemove(new KeyValuePair<int, AgentConnection>(connection.Id, connection)))
        {
            // Raised on the endpoint's thread, which the closing waits for: it goes on elsewhere.
            Track(Task.Run(connection.CloseAsync));
        }
    }

    private void Track(Task task)
    {
        _running.TryAdd(task, true);
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
