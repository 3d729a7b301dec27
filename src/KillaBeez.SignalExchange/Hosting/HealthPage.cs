using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace KillaBeez.SignalExchange.Hosting;

/// <summary>The page that tells whether the exchange runs, and its counters.</summary>
internal static class HealthPage
{
    public static async Task WriteAsync(HttpContext context, ExchangeLoop loop)
    {
        var isRunning = loop.IsRunning;
        context.Response.StatusCode = isRunning ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var counters = loop.Counters;
        var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        await using (writer.ConfigureAwait(false))
        {
            writer.WriteStartObject();
            writer.WriteString("status"u8, isRunning ? "ok" : "stopping");
            writer.WriteNumber("sockets"u8, counters.Sockets);
            writer.WriteNumber("keys"u8, counters.Keys);
            writer.WriteNumber("rooms"u8, counters.Rooms);
            writer.WriteNumber("messagesReceived"u8, counters.MessagesReceived);
            writer.WriteNumber("signalsRouted"u8, counters.SignalsRouted);
            writer.WriteNumber("signalsRefused"u8, counters.SignalsRefused);
            writer.WriteNumber("socketsClosed"u8, counters.SocketsClosed);
            if (counters.ClientsAheadMs is { } ahead)
            {
                writer.WriteNumber("clientsAheadMs"u8, ahead);
            }

            writer.WriteNumber("slowConsumers"u8, loop.SlowConsumers);
            writer.WriteEndObject();
        }
    }
}
