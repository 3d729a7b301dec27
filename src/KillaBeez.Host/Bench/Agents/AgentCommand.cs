using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>
/// What a scriptable peer is told, one JSON object a line; <c>cmd</c> names the command. <c>id</c> is the harness's
/// own number for a connection.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "cmd")]
[JsonDerivedType(typeof(Offer), "offer")]
[JsonDerivedType(typeof(Answer), "answer")]
[JsonDerivedType(typeof(SetAnswer), "setanswer")]
[JsonDerivedType(typeof(Send), "send")]
[JsonDerivedType(typeof(Ping), "ping")]
[JsonDerivedType(typeof(Close), "close")]
[JsonDerivedType(typeof(Stats), "stats")]
[JsonDerivedType(typeof(Reoffer), "reoffer")]
[JsonDerivedType(typeof(Reanswer), "reanswer")]
internal abstract record AgentCommand
{
    public required int Id { get; init; }

    /// <summary>Make a connection with one channel and offer it: answered by <see cref="AgentEvent.Offer"/>, later <see cref="AgentEvent.Open"/>.</summary>
    public sealed record Offer : AgentCommand;

    /// <summary>Make a connection from an offer: answered by <see cref="AgentEvent.Answer"/>, later <see cref="AgentEvent.RemoteOpen"/>.</summary>
    public sealed record Answer : AgentCommand
    {
        public required string Sdp { get; init; }
    }

    /// <summary>The other side's answer to an offer of this one.</summary>
    public sealed record SetAnswer : AgentCommand
    {
        public required string Sdp { get; init; }
    }

    /// <summary>
    /// Say "sink", send binary messages until <see cref="Total"/> bytes or <see cref="MaxSec"/> seconds, say "end" and
    /// wait for "done:BYTES": answered by <see cref="AgentEvent.Sent"/>.
    /// </summary>
    public sealed record Send : AgentCommand
    {
        /// <summary>Bytes of each message.</summary>
        public required int Size { get; init; }

        /// <summary>Bytes after which no further message is begun.</summary>
        public required long Total { get; init; }

        /// <summary>Seconds after which no further message is begun.</summary>
        public double MaxSec { get; init; } = 3600;

        /// <summary>Sending pauses at this many buffered bytes.</summary>
        public long High { get; init; } = 1024 * 1024;

        /// <summary>It goes on at this many.</summary>
        public long Low { get; init; } = 256 * 1024;
    }

    /// <summary>
    /// Say "echo", then time binary messages one after the other, there and back: answered by
    /// <see cref="AgentEvent.Pinged"/>.
    /// </summary>
    public sealed record Ping : AgentCommand
    {
        public int Size { get; init; } = 64;

        /// <summary>How many are timed, after <see cref="ChannelPinger.WarmUps"/> that are not.</summary>
        public int Count { get; init; } = 2000;
    }

    /// <summary>Close the connection: answered by <see cref="AgentEvent.Closed"/>.</summary>
    public sealed record Close : AgentCommand;

    /// <summary>Say how the connection is doing: answered by <see cref="AgentEvent.Stats"/>.</summary>
    public sealed record Stats : AgentCommand;

    /// <summary>Offer anew on a connection that is there, as after <see cref="AgentEvent.Negotiate"/>: answered by <see cref="AgentEvent.Offer"/>.</summary>
    public sealed record Reoffer : AgentCommand;

    /// <summary>Answer a further offer on a connection that is there: answered by <see cref="AgentEvent.Answer"/>.</summary>
    public sealed record Reanswer : AgentCommand
    {
        public required string Sdp { get; init; }
    }

    public string ToJson() => JsonSerializer.Serialize(this, AgentCommandJson.Default.AgentCommand);

    /// <summary>Reads a line; otherwise says what is wrong with it.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out AgentCommand? command, [NotNullWhen(false)] out string? error)
    {
        try
        {
            command = JsonSerializer.Deserialize(line, AgentCommandJson.Default.AgentCommand);
            error = command is null ? "null is no command" : command.FirstMistake();
            return error is null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // System.Text.Json reports an object without a kind, or of an unknown one, as not supported.
            command = null;
            error = e.Message;
            return false;
        }
    }

    private string? FirstMistake() => this switch
    {
        Send { Size: < 1 } or Send { Total: < 0 } => "a send needs a size of 1 or more and a total of 0 or more",
        Send { Low: < 0 } or Send { High: < 1 } => "the water marks of a send are too low",
        Send send when send.Low >= send.High => "the low water mark of a send must lie below the high one",
        Send send when !(send.MaxSec is >= 0 and <= 86_400) => "maxSec of a send must be 0 to 86400",
        Ping { Size: < 0 } or Ping { Count: < 1 or > ChannelPinger.MostCount } => $"a ping needs a size of 0 or more and a count of 1 to {ChannelPinger.MostCount}",
        _ => null,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(AgentCommand))]
internal sealed partial class AgentCommandJson : JsonSerializerContext;
