using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>The subscription holds: <c>{"type":"ready","key":hex64[,"time":ms][,"clocks":ms]}</c>.</summary>
internal sealed record ReadyMessage : ExchangeMessage
{
    public const string TypeName = "ready";

    public override string Type => TypeName;

    /// <summary>The subscribed key.</summary>
    public required PeerId Key { get; init; }

    /// <summary>The exchange's clock.</summary>
    public long? ServerUnixMs { get; init; }

    /// <summary>What the clocks of the exchange's clients say, by their median; missing where too few have told.</summary>
    public long? ClientsUnixMs { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteString("key"u8, Key.ToString());
        WriteTime(writer, "time"u8, ServerUnixMs);
        WriteTime(writer, "clocks"u8, ClientsUnixMs);
    }

    internal static ReadyMessage? Read(scoped JsonFields fields) =>
        fields.TryGetPeerId("key"u8, out var key)
            ? new ReadyMessage { Key = key, ServerUnixMs = ReadTime(fields, "time"u8), ClientsUnixMs = ReadTime(fields, "clocks"u8) }
            : null;
}
