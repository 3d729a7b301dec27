using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// Which of these keys are subscribed? <c>{"type":"ping","request":n,"keys":[hex64, ...][,"time":ms]}</c>, at most 100
/// keys. Without keys it asks only whether the exchange is alive.
/// </summary>
internal sealed record PingMessage : ExchangeMessage
{
    public const string TypeName = "ping";

    public override string Type => TypeName;

    /// <summary>A number of the client's choice that the answer repeats.</summary>
    public required uint Request { get; init; }

    /// <summary>The keys asked for.</summary>
    public required IReadOnlyList<PeerId> Keys { get; init; }

    /// <summary>The client's clock.</summary>
    public long? ClientUnixMs { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("request"u8, Request);
        writer.WritePeerIds("keys"u8, Keys);
        WriteTime(writer, "time"u8, ClientUnixMs);
    }

    internal static PingMessage? Read(scoped JsonFields fields) =>
        fields.TryGetUInt32("request"u8, out var request) && fields.TryGetPeerIds("keys"u8, MaximumKeys, out var keys)
            ? new PingMessage { Request = request, Keys = keys, ClientUnixMs = ReadTime(fields, "time"u8) }
            : null;
}
