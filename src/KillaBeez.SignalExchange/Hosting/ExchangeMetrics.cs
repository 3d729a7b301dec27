using System.Diagnostics.Metrics;

namespace KillaBeez.SignalExchange.Hosting;

/// <summary>The exchange's counters as instruments of the meter <c>KillaBeez.SignalExchange</c>.</summary>
internal sealed class ExchangeMetrics
{
    public const string MeterName = "KillaBeez.SignalExchange";

    public ExchangeMetrics(IMeterFactory meters, ExchangeLoop loop)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("killabeez.exchange.sockets", () => loop.Counters.Sockets, "{socket}", "Sockets that are open.");
        meter.CreateObservableGauge("killabeez.exchange.keys", () => loop.Counters.Keys, "{key}", "Keys that are subscribed.");
        meter.CreateObservableGauge("killabeez.exchange.rooms", () => loop.Counters.Rooms, "{room}", "Rooms that are remembered.");
        meter.CreateObservableCounter("killabeez.exchange.messages.received", () => loop.Counters.MessagesReceived, "{message}", "Messages received.");
        meter.CreateObservableCounter("killabeez.exchange.signals.routed", () => loop.Counters.SignalsRouted, "{signal}", "Signals routed.");
        meter.CreateObservableCounter("killabeez.exchange.signals.refused", () => loop.Counters.SignalsRefused, "{signal}", "Signals refused.");
        meter.CreateObservableCounter("killabeez.exchange.sockets.closed", () => loop.Counters.SocketsClosed, "{socket}", "Sockets closed by the exchange.");
        meter.CreateObservableCounter("killabeez.exchange.slow_consumers", () => loop.SlowConsumers, "{socket}", "Sockets cut off because they did not read.");
    }
}
