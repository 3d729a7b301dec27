using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// One text message of the exchange's WebSocket: a JSON object whose <c>type</c> says which. Unknown fields are
/// ignored; an unknown type becomes <see cref="UnknownMessage"/>, which both sides ignore.
/// </summary>
internal abstract record ExchangeMessage
{
    /// <summary>The longest message in either direction, in bytes.</summary>
    public const int MaximumBytes = SignalLimits.MaximumMessageBytes;

    /// <summary>The most keys in one ping, pong or list of a room.</summary>
    public const int MaximumKeys = 100;

    /// <summary>The value of the type field.</summary>
    public abstract string Type { get; }

    /// <summary>The message as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonWriting.Object(this, static (writer, message) =>
    {
        writer.WriteString("type"u8, message.Type);
        message.WriteFields(writer);
    });

    /// <summary>Reads a message. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, out ExchangeMessage? message, out ExchangeParseError error)
    {
        message = null;
        if (utf8Json.Length > MaximumBytes)
        {
            error = ExchangeParseError.TooLarge;
            return false;
        }

        if (!JsonFields.TryParse(utf8Json, out var fields))
        {
            error = ExchangeParseError.NotJson;
            return false;
        }

        message = Read(fields);
        error = message is null ? ExchangeParseError.MissingOrMalformedField : ExchangeParseError.None;
        return message is not null;
    }

    /// <summary>Writes all fields but the type.</summary>
    protected abstract void WriteFields(Utf8JsonWriter writer);

    /// <summary>A time that may be missing: milliseconds that fit a browser's exact integers, or it counts as missing.</summary>
    protected static long? ReadTime(scoped JsonFields fields, ReadOnlySpan<byte> name) =>
        fields.TryGetUInt64(name, out var time) && time < 1UL << 53 ? (long)time : null;

    /// <summary>Writes a time unless it is missing.</summary>
    protected static void WriteTime(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? time)
    {
        if (time is { } value)
        {
            writer.WriteNumber(name, value);
        }
    }

    private static ExchangeMessage? Read(scoped JsonFields fields)
    {
        if (!fields.TryGetText("type"u8, 32, out var type))
        {
            return null;
        }

        return type switch
        {
            SignalMessage.TypeName => SignalMessage.Read(fields),
            ErrorMessage.TypeName => ErrorMessage.Read(fields),
            PingMessage.TypeName => PingMessage.Read(fields),
            PongMessage.TypeName => PongMessage.Read(fields),
            ChallengeMessage.TypeName => ChallengeMessage.Read(fields),
            SubscribeMessage.TypeName => SubscribeMessage.Read(fields),
            ReadyMessage.TypeName => ReadyMessage.Read(fields),
            RoomMessage.TypeName => RoomMessage.Read(fields),
            RoomKeysMessage.TypeName => RoomKeysMessage.Read(fields),
            _ => new UnknownMessage(type),
        };
    }
}

/// <summary>Why bytes are no message of the exchange.</summary>
internal enum ExchangeParseError
{
    None,
    TooLarge,
    NotJson,
    MissingOrMalformedField,
}

/// <summary>A message of a later version; ignored.</summary>
internal sealed record UnknownMessage(string UnknownType) : ExchangeMessage
{
    public override string Type => UnknownType;

    protected override void WriteFields(Utf8JsonWriter writer)
    {
    }
}
