using KillaBeez.Swarm.Signaling.Exchange;
using Microsoft.Extensions.Logging;

namespace KillaBeez.SignalExchange.Hosting;

/// <summary>What the exchange logs; the event ids are stable.</summary>
internal static partial class ExchangeLog
{
    [LoggerMessage(4001, LogLevel.Information, "The signal exchange has started; server names: {ServerNames}.")]
    public static partial void Started(ILogger logger, string serverNames);

    [LoggerMessage(4002, LogLevel.Warning, "The signal exchange has no server names configured and takes the name each client dialed; set ServerNames on a public exchange.")]
    public static partial void NoServerNames(ILogger logger);

    [LoggerMessage(4003, LogLevel.Information, "The signal exchange stops; {Sockets} sockets are told so.")]
    public static partial void Stopping(ILogger logger, int sockets);

    [LoggerMessage(4004, LogLevel.Warning, "{Sockets} sockets did not close in time and were cut off.")]
    public static partial void CutOff(ILogger logger, int sockets);

    [LoggerMessage(4005, LogLevel.Debug, "Socket {Socket} opened from {Address}.")]
    public static partial void Opened(ILogger logger, long socket, string address);

    [LoggerMessage(4006, LogLevel.Debug, "Socket {Socket} closed by the exchange: {Reason}.")]
    public static partial void ClosedByExchange(ILogger logger, long socket, ExchangeErrorCode reason);

    [LoggerMessage(4007, LogLevel.Information, "Socket {Socket} does not read what is sent to it and was cut off.")]
    public static partial void SlowConsumer(ILogger logger, long socket);

    [LoggerMessage(4008, LogLevel.Debug, "A request from {Address} was refused: {Reason}.")]
    public static partial void Refused(ILogger logger, string address, string reason);

    [LoggerMessage(4009, LogLevel.Critical, "The signal exchange has failed and stops the host.")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(4010, LogLevel.Warning, "The clock of this exchange is {Difference} those of its clients, by their median: set it, or their warnings will name it. Signals do not depend on it.")]
    public static partial void ClockDiffers(ILogger logger, string difference);

    [LoggerMessage(4011, LogLevel.Information, "The clock of this exchange agrees with those of its clients again.")]
    public static partial void ClockAgrees(ILogger logger);
}
