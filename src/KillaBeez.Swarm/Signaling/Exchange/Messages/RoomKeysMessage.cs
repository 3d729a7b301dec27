using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// The other keys that registered in the room of late, the latest first: <c>{"type":"room-keys","request":n,"keys":[hex64, ...]}</c>,
/// at most 100. Ask with a ping which of them are there.
/// </summary>
internal sealed record RoomKeysMessage : ExchangeMessage
{
    public const string TypeName = "room-keys";

    public override string Type => TypeName;

    /// <summary>The number of the request.</summary>
    public required uint Request { get; init; }

    /// <summary>The keys, without the one that asked.</summary>
    public required IReadOnlyList<PeerId> Keys { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("request"u8, Request);
        writer.WritePeerIds("keys"u8, Keys);
    }

    internal static RoomKeysMessage? Read(scoped JsonFields fields) =>
        fields.TryGetUInt32("request"u8, out var request) && fields.TryGetPeerIds("keys"u8, MaximumKeys, out var keys)
            ? new RoomKeysMessage { Request = request, Keys = keys }
            : null;
}
