using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// A signal, in both directions: <c>{"type":"signal","signal":{...}}</c>, the object as in <see cref="SealedSignalJson"/>.
/// </summary>
internal sealed record SignalMessage : ExchangeMessage
{
    public const string TypeName = "signal";

    public override string Type => TypeName;

    /// <summary>The signal.</summary>
    public required SealedSignal Signal { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("signal"u8);
        SealedSignalJson.WriteFields(writer, Signal);
        writer.WriteEndObject();
    }

    internal static SignalMessage? Read(scoped JsonFields fields) =>
        fields.TryGetObject("signal"u8, out var json) && SealedSignal.TryParse(json, out var signal, out _)
            ? new SignalMessage { Signal = signal! }
            : null;
}
