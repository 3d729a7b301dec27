using System.Text.Json;
using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling.Exchange.Messages;

/// <summary>
/// The exchange's first message: <c>{"type":"challenge","v":1,"server":name,"nonce":b64(32),"time":ms}</c>.
/// </summary>
internal sealed record ChallengeMessage : ExchangeMessage
{
    public const string TypeName = "challenge";

    public override string Type => TypeName;

    /// <summary>The version of the protocol; only <see cref="ExchangeSubscription.Version"/> is spoken so far.</summary>
    public ulong Version { get; init; } = ExchangeSubscription.Version;

    /// <summary>The name that the exchange goes by.</summary>
    public required string ServerName { get; init; }

    /// <summary>32 random bytes.</summary>
    public required ReadOnlyMemory<byte> Challenge { get; init; }

    /// <summary>The exchange's clock, so that a client whose clock is wrong can be told so.</summary>
    public required long ServerUnixMs { get; init; }

    protected override void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteNumber("v"u8, Version);
        writer.WriteString("server"u8, ServerName);
        writer.WriteBase64Url("nonce"u8, Challenge.Span);
        writer.WriteNumber("time"u8, ServerUnixMs);
    }

    internal static ChallengeMessage? Read(scoped JsonFields fields)
    {
        var challenge = new byte[ExchangeSubscription.ChallengeBytes];
        return fields.TryGetUInt64("v"u8, out var version)
            && fields.TryGetText("server"u8, ExchangeServerName.MaximumBytes, out var server)
            && fields.TryGetBase64("nonce"u8, challenge)
            && fields.TryGetUInt64("time"u8, out var time) && time <= long.MaxValue
            ? new ChallengeMessage { Version = version, ServerName = server, Challenge = challenge, ServerUnixMs = (long)time }
            : null;
    }
}
