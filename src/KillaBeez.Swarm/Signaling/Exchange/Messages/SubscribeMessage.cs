using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// The client's answer to the challenge: <c>{"type":"subscribe","v":1,"key":hex64,"server":name,"sig":b64(64)}</c>.
/// </summary>
internal sealed record SubscribeMessage : ExchangeMessage
{
    public const string TypeName = "subscribe";

    public override string Type => TypeName;

    /// <summary>The version of the protocol.</summary>
    public ulong Version { get; init; } = ExchangeSubscription.Version;

    /// <summary>The key to subscribe.</summary>
    public required PeerId Key { get; init; }

    /// <summary>The name of the exchange that the client dialed, and signed.</summary>
    public required string ServerName { get; init; }

    /// <summary>See <see cref="ExchangeSubscription"/>.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("v"u8, Version);
        writer.WriteString("key"u8, Key.ToString());
        writer.WriteString("server"u8, ServerName);
        writer.WriteBase64Url("sig"u8, Signature.Span);
    }

    internal static SubscribeMessage? Read(scoped JsonFields fields)
    {
        var signature = new byte[KeyPair.SignatureBytes];
        return fields.TryGetUInt64("v"u8, out var version)
            && fields.TryGetPeerId("key"u8, out var key)
            && fields.TryGetText("server"u8, ExchangeServerName.MaximumBytes, out var server)
            && fields.TryGetBase64("sig"u8, signature)
            ? new SubscribeMessage { Version = version, Key = key, ServerName = server, Signature = signature }
            : null;
    }
}
