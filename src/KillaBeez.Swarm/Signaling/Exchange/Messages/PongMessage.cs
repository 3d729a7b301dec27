using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// These of the keys asked for are subscribed: <c>{"type":"pong","request":n,"present":[hex64, ...][,"time":ms][,"clocks":ms]}</c>.
/// </summary>
internal sealed record PongMessage : ExchangeMessage
{
    public const string TypeName = "pong";

    public override string Type => TypeName;

    /// <summary>The number of the ping.</summary>
    public required uint Request { get; init; }

    /// <summary>The keys that are subscribed.</summary>
    public required IReadOnlyList<PeerId> Present { get; init; }

    /// <summary>The exchange's clock.</summary>
    public long? ServerUnixMs { get; init; }

    /// <summary>What the clocks of the exchange's clients say, by their median; missing where too few have told.</summary>
    public long? ClientsUnixMs { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("request"u8, Request);
        writer.WritePeerIds("present"u8, Present);
        WriteTime(writer, "time"u8, ServerUnixMs);
        WriteTime(writer, "clocks"u8, ClientsUnixMs);
    }

    internal static PongMessage? Read(scoped JsonFields fields) =>
        fields.TryGetUInt32("request"u8, out var request) && fields.TryGetPeerIds("present"u8, MaximumKeys, out var keys)
            ? new PongMessage { Request = request, Present = keys, ServerUnixMs = ReadTime(fields, "time"u8), ClientsUnixMs = ReadTime(fields, "clocks"u8) }
            : null;
}
