using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>The subscription holds: <c>{"type":"ready","key":hex64}</c>.</summary>
internal sealed record ReadyMessage : ExchangeMessage
{
    public const string TypeName = "ready";

    public override string Type => TypeName;

    /// <summary>The subscribed key.</summary>
    public required PeerId Key { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer) => writer.WriteString("key"u8, Key.ToString());

    internal static ReadyMessage? Read(scoped JsonFields fields) =>
        fields.TryGetPeerId("key"u8, out var key) ? new ReadyMessage { Key = key } : null;
}
