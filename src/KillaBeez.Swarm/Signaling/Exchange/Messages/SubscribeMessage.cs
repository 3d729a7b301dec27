using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// The client's answer to the challenge:
/// <c>{"type":"subscribe","v":1,"key":hex64,"server":name,"sig":b64(64)[,"time":ms][,"instance":b64(16)][,"yields":1]}</c>.
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

    /// <summary>The client's clock.</summary>
    public long? ClientUnixMs { get; init; }

    /// <summary>Which life of which node this is; older clients do not say.</summary>
    public ExchangeInstanceId? Instance { get; init; }

    /// <summary>Whether it gives way to another node with its key, as one does that has been superseded.</summary>
    public bool Yields { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("v"u8, Version);
        writer.WriteString("key"u8, Key.ToString());
        writer.WriteString("server"u8, ServerName);
        writer.WriteBase64Url("sig"u8, Signature.Span);
        WriteTime(writer, "time"u8, ClientUnixMs);
        if (Instance is { } instance)
        {
            Span<byte> bytes = stackalloc byte[ExchangeInstanceId.SizeBytes];
            instance.CopyTo(bytes);
            writer.WriteBase64Url("instance"u8, bytes);
        }

        if (Yields)
        {
            writer.WriteNumber("yields"u8, 1);
        }
    }

    internal static SubscribeMessage? Read(scoped JsonFields fields)
    {
        var signature = new byte[KeyPair.SignatureBytes];
        if (!fields.TryGetUInt64("v"u8, out var version)
            || !fields.TryGetPeerId("key"u8, out var key)
            || !fields.TryGetText("server"u8, ExchangeServerName.MaximumBytes, out var server)
            || !fields.TryGetBase64("sig"u8, signature))
        {
            return null;
        }

        Span<byte> instance = stackalloc byte[ExchangeInstanceId.SizeBytes];
        return new SubscribeMessage
        {
            Version = version,
            Key = key,
            ServerName = server,
            Signature = signature,
            ClientUnixMs = ReadTime(fields, "time"u8),
            Instance = fields.TryGetBase64("instance"u8, instance) ? new ExchangeInstanceId(instance) : null,
            Yields = fields.TryGetUInt64("yields"u8, out var yields) && yields == 1,
        };
    }
}
