using System.Threading.Channels;
using KillaBeez.SignalExchange.Connections;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Server;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KillaBeez.SignalExchange.Hosting;

/// <summary>
/// Owns the exchange's engine: one task takes what all sockets report from one bounded channel, in order. A socket
/// whose report does not fit waits, and so stops reading from its client.
/// </summary>
internal sealed class ExchangeLoop : BackgroundService
{
    /// <summary>Reports that may wait; each holds at most one message of 64 KiB.</summary>
    private const int MaximumInputs = 4_096;

    private const int BurstPerRate = 10;

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly Channel<ExchangeInput> _inputs = Channel.CreateBounded<ExchangeInput>(new BoundedChannelOptions(MaximumInputs) { SingleReader = true });
    private readonly Dictionary<ExchangeSocketId, ExchangeConnection> _connections = [];
    private readonly ExchangeServerEngine _engine;
    private readonly SignalExchangeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ExchangeLoop> _logger;
    private readonly long _startedAt;
    private readonly CancellationTokenRegistration _stopping;
    private volatile Snapshot _counters = new(default);
    private volatile bool _isRunning;
    private bool _isStopRequested;
    private bool _isStopping;
    private bool _isClockOff;
    private Instant _stopDeadline;
    private long _slowConsumers;
    private int _openConnections;

    public ExchangeLoop(IOptions<SignalExchangeOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<ExchangeLoop> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _startedAt = time.GetTimestamp();
        _engine = new ExchangeServerEngine(SystemRandomSource.Instance, LimitsOf(_options));

        // Sockets keep the web server from stopping, so they must be closed when stopping begins, not when services stop.
        _stopping = lifetime.ApplicationStopping.Register(BeginStop);
    }

    /// <summary>Whether sockets are accepted.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>The engine's counters, at most a second old.</summary>
    public ExchangeCounters Counters => _counters.Value;

    /// <summary>WebSockets that are not over yet, among them those that the engine has closed already.</summary>
    public int OpenConnections => Volatile.Read(ref _openConnections);

    /// <summary>Sockets cut off because they did not read.</summary>
    public long SlowConsumers => Interlocked.Read(ref _slowConsumers);

    /// <summary>Reports something a socket did; waits while the loop is behind.</summary>
    /// <returns>False where the loop has ended; the caller then still owns a message's buffer.</returns>
    public async ValueTask<bool> ReportAsync(ExchangeInput input)
    {
        try
        {
            await _inputs.Writer.WriteAsync(input).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // The web server starts next; what its first requests report waits in the channel.
        _isRunning = true;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.ServerNames.Count == 0)
        {
            ExchangeLog.NoServerNames(_logger);
        }

        ExchangeLog.Started(_logger, string.Join(", ", _options.ServerNames));
        using var ended = new CancellationTokenSource();
        var ticking = TickAsync(ended.Token);
        try
        {
            await TakeInputsAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ExchangeLog.Failed(_logger, exception);
            throw;
        }
        finally
        {
            _isRunning = false;
            _inputs.Writer.TryComplete();
            CutOffAll();
            await ended.CancelAsync().ConfigureAwait(false);
            await ticking.ConfigureAwait(false);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // A host that is disposed without the lifetime's event still stops the loop.
        BeginStop();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    private static ExchangeServerLimits LimitsOf(SignalExchangeOptions options) => new()
    {
        MaximumSockets = options.MaximumConnections,
        MaximumSocketsPerKey = options.MaximumConnectionsPerKey,
        SubscribeTimeout = options.SubscribeTimeout,
        IdleTimeout = options.IdleTimeout,
        SweepInterval = s_tick,
        MessageRatePerSecond = options.MessageRatePerSecond,
        MessageBurst = options.MessageRatePerSecond * BurstPerRate,
    };

    private void BeginStop()
    {
        _isRunning = false;
        if (!_inputs.Writer.TryWrite(new ExchangeInput(ExchangeInputKind.Stop)))
        {
            // The channel is full, so the loop is busy and will see the flag at its next input.
            Volatile.Write(ref _isStopRequested, true);
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_tick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                // A full channel needs no tick: every input looks at the time.
                _inputs.Writer.TryWrite(new ExchangeInput(ExchangeInputKind.Tick));
            }
        }
        catch (OperationCanceledException)
        {
            // The loop has ended.
        }
    }

    private async Task TakeInputsAsync()
    {
        while (await _inputs.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_inputs.Reader.TryRead(out var input))
            {
                Take(input);
                if (_isStopping && (_connections.Count == 0 || Now() >= _stopDeadline))
                {
                    return;
                }
            }

            _counters = new Snapshot(_engine.Counters);
            LookAtClock(_counters.Value.ClientsAheadMs);
            Volatile.Write(ref _openConnections, _connections.Count);
        }
    }

    /// <summary>Tells whoever runs the exchange that its clock is wrong, and that it is right again.</summary>
    private void LookAtClock(long? clientsAheadMs)
    {
        var isOff = clientsAheadMs is { } ahead && Math.Abs(ahead) > SignalLimits.ClockSkewMs;
        if (isOff && !_isClockOff)
        {
            ExchangeLog.ClockDiffers(_logger, ClockText.Ahead(-clientsAheadMs!.Value));
        }
        else if (!isOff && _isClockOff)
        {
            ExchangeLog.ClockAgrees(_logger);
        }

        _isClockOff = isOff;
    }

    private void Take(ExchangeInput input)
    {
        var now = Now();
        using var message = input.Message;
        switch (input.Kind)
        {
            case ExchangeInputKind.Opened:
                Open(now, input.Connection!);
                break;
            case ExchangeInputKind.Message:
                _engine.HandleMessage(now, UnixMs(), input.Connection!.Id, message.Span);
                break;
            case ExchangeInputKind.Closed:
                _connections.Remove(input.Connection!.Id);
                _engine.Disconnected(now, input.Connection.Id);
                break;
            case ExchangeInputKind.Stop:
                Volatile.Write(ref _isStopRequested, true);
                break;
            default:
                break;
        }

        if (Volatile.Read(ref _isStopRequested) && !_isStopping)
        {
            _isStopping = true;
            _stopDeadline = now + _options.CloseTimeout;
            ExchangeLog.Stopping(_logger, _connections.Count);
            _engine.Stop(now);
        }

        if (_engine.NextTimeout <= now)
        {
            _engine.HandleTimeout(now);
        }

        Deliver(now);
    }

    private void Open(Instant now, ExchangeConnection connection)
    {
        _connections.Add(connection.Id, connection);
        if (_isStopping)
        {
            connection.Close(ExchangeErrorCode.Stopping);
            return;
        }

        _engine.Connected(now, UnixMs(), connection.Id, connection.ServerName, connection.Source);
    }

    private void Deliver(Instant now)
    {
        while (_engine.TryPollTransmit(out var target, out var message))
        {
            if (_connections.TryGetValue(target, out var connection) && !connection.TrySend(message))
            {
                // It is taken out at once, so that nothing more is queued for it; its own task reports its end.
                Interlocked.Increment(ref _slowConsumers);
                ExchangeLog.SlowConsumer(_logger, target.Value);
                _connections.Remove(target);
                _engine.Disconnected(now, target);
                connection.Abort();
            }
        }

        while (_engine.TryPollClose(out var target, out var reason))
        {
            if (_connections.TryGetValue(target, out var connection))
            {
                ExchangeLog.ClosedByExchange(_logger, target.Value, reason);
                connection.Close(reason);
            }
        }
    }

    private void CutOffAll()
    {
        if (_connections.Count > 0)
        {
            ExchangeLog.CutOff(_logger, _connections.Count);
        }

        foreach (var connection in _connections.Values)
        {
            connection.Abort();
        }

        while (_inputs.Reader.TryRead(out var input))
        {
            input.Message.Dispose();
            input.Connection?.Abort();
        }
    }

    private Instant Now() => Instant.FromElapsed(_time.GetElapsedTime(_startedAt));

    private long UnixMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Snapshot(ExchangeCounters Value);
}
