using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// Register me in this room and tell me who was there of late: <c>{"type":"room","request":n,"room":name}</c>.
/// </summary>
internal sealed record RoomMessage : ExchangeMessage
{
    public const string TypeName = "room";

    /// <summary>The longest name of a room, in bytes of UTF-8.</summary>
    public const int MaximumNameBytes = 128;

    public override string Type => TypeName;

    /// <summary>A number of the client's choice that the answer repeats.</summary>
    public required uint Request { get; init; }

    /// <summary>The room; never empty.</summary>
    public required string Room { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("request"u8, Request);
        writer.WriteString("room"u8, Room);
    }

    internal static RoomMessage? Read(scoped JsonFields fields) =>
        fields.TryGetUInt32("request"u8, out var request)
        && fields.TryGetText("room"u8, MaximumNameBytes, out var room)
        && room.Length > 0
            ? new RoomMessage { Request = request, Room = room }
            : null;
}
