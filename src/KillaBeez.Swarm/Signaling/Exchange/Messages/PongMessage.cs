using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>These of the keys asked for are subscribed: <c>{"type":"pong","request":n,"present":[hex64, ...]}</c>.</summary>
internal sealed record PongMessage : ExchangeMessage
{
    public const string TypeName = "pong";

    public override string Type => TypeName;

    /// <summary>The number of the ping.</summary>
    public required uint Request { get; init; }

    /// <summary>The keys that are subscribed.</summary>
    public required IReadOnlyList<PeerId> Present { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("request"u8, Request);
        writer.WritePeerIds("present"u8, Present);
    }

    internal static PongMessage? Read(scoped JsonFields fields) =>
        fields.TryGetUInt32("request"u8, out var request) && fields.TryGetPeerIds("present"u8, MaximumKeys, out var keys)
            ? new PongMessage { Request = request, Present = keys }
            : null;
}
